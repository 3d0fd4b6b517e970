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
