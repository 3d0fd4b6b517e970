import { describe } from 'vitest';
import { scenario } from './support/scenario.ts';

describe.concurrent('without the API server', () => {
  scenario('every verified pod starts its member again', { replicas: 3 }, async (set, expect) => {
    const before = await set.up();
    await set.write(0, 5);
    await set.api.down();
    for (const pod of set.pods) pod.etcd.signal('SIGKILL');
    await Promise.all(
      [0, 1, 2].map(ordinal =>
        set.line(ordinal, /^start: the API server does not answer .* was verified before/),
      ),
    );
    expect(await set.voters([0, 1, 2])).toEqual(before);
    await set.nothingLost(0, 1, 2);
    expect(set.pods.map(pod => pod.keeper.starts)).toEqual([1, 1, 1]);
  });

  scenario('a new pod with data waits, and starts when it is back', { replicas: 3 }, async (set, expect) => {
    const before = await set.up();
    const end = set.api.fail({ kind: 'reset' }, ({ client }) => client.startsWith('etcd-2.'));
    await set.replace([2], { force: true });
    await set.waits(2, /API server does not answer .* first start needs it/);
    end();
    expect(await set.voters([0, 1, 2])).toEqual(before);
  });

  scenario('a new pod with an empty volume waits', { replicas: 3 }, async (set, expect) => {
    const end = set.api.fail({ kind: 'reset' });
    await set.start(0);
    await set.waits(0, /API server does not answer/);
    end();
    await set.formed();
    expect(set.pod(0).hasStartedEtcd).toBe(true);
  });

  scenario('the members serve on', { replicas: 3 }, async set => {
    await set.up();
    await set.api.down();
    set.pod(await set.leader(0)).etcd.signal('SIGKILL');
    await set.voters([0, 1, 2]);
    await set.write(0, 5);
    await set.nothingLost(0, 1, 2);
  });
});

// etcd compares its data before it answers, and waits 7 s for each member that does not answer yet.
for (const [image, flag] of [
  ['3.7', '--feature-gates=InitialCorruptCheck=true'],
  ['3.5', '--experimental-initial-corrupt-check=true'],
] as const) {
  scenario(
    `a member of etcd ${image} compares its data with a quorum; those that start without one do not wait for each other`,
    { replicas: 3, image, flags: [flag] },
    async (set, expect) => {
      const comparisons = () =>
        set.pods.map(({ etcd }) => etcd.log.split('starting initial corruption check').length - 1);
      const before = await set.up();
      const first = comparisons();
      await set.write(0, 5);
      set.pod(1).etcd.signal('SIGKILL');
      await set.waitFor(() => set.pod(1).etcd.starts === 2, { what: 'etcd-1 starts again' });
      await set.voters([0, 1, 2]);
      const alone = comparisons();
      expect(alone[1]).toBe((first[1] ?? 0) + 1);
      for (const pod of set.pods) pod.etcd.signal('SIGKILL');
      await set.waitFor(() => set.pods.every(({ etcd }, index) => etcd.starts === (index === 1 ? 3 : 2)), {
        what: 'all start again',
      });
      expect(await set.voters([0, 1, 2])).toEqual(before);
      await set.nothingLost(0, 1, 2);
      // The last one may find that the first two serve already.
      const together = comparisons().map((count, index) => count - (alone[index] ?? 0));
      expect(together.filter(count => count === 0).length).toBeGreaterThanOrEqual(2);
    },
  );
}
