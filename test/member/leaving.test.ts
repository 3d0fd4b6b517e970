import { describe } from 'vitest';
import { scenario } from './support/scenario.ts';
import type { EtcdSet } from './support/set.ts';
import { fingerprint } from './support/volume.ts';

/** Long enough for the hook to try for 10 s. */
const shortGrace = 30;
/** Nobody else comes to lead because a busy machine has let the leader wait for a second. */
const steady = ['--election-timeout=5000'];

describe.concurrent('a pod that the StatefulSet no longer wants', () => {
  scenario(
    'with a quorum: its member is out of the list before the pod is gone',
    { replicas: 3 },
    async (set, expect) => {
      const before = await set.up();
      await set.write(2, 5);
      await set.scale(2);
      expect(await set.members(0)).toEqual(before.slice(0, 2));
      await set.voters([0, 1]);
      await set.nothingLost(0, 1);
      expect(set.claim(2)).toBeDefined();
    },
  );

  scenario('the leader hands leadership over first', { replicas: 3, flags: steady }, async (set, expect) => {
    await set.up();
    await set.lead(2);
    await set.scale(2);
    expect(await set.members(0)).toHaveLength(2);
    expect(set.lastWords(2).some(line => /^leave: leadership goes from etcd-2/.test(line))).toBe(true);
  });

  scenario('two of three at once', { replicas: 3 }, async (set, expect) => {
    const before = await set.up();
    await set.write(0, 5);
    await set.scale(1);
    expect(await set.members(0)).toEqual(before.slice(0, 1));
    await set.nothingLost(0);
  });

  scenario(
    'without a quorum nobody leaves, and the data stays',
    { replicas: 3, gracePeriodSeconds: shortGrace },
    async (set, expect) => {
      const before = await set.up();
      await set.write(0, 5);
      await set.delete([0, 1], { force: true });
      set.setReplicas(2);
      const since = Date.now();
      await set.delete([2]);
      expect(Date.now() - since).toBeLessThan(shortGrace * 1_000);
      expect(set.lastWords(2).some(line => /cannot leave/.test(line))).toBe(true);
      const data = await fingerprint(set.volume(2));
      await set.start(0, 1);
      await set.voters([0, 1]);
      await set.nothingLost(0, 1);
      expect(await fingerprint(set.volume(2))).toEqual(data);
      expect((await set.members(0)).map(({ id }) => id)).toEqual(before.slice(0, 2).map(({ id }) => id));
    },
  );

  scenario('killed before it could: the leader takes it out of the list', { replicas: 3 }, async set => {
    await set.up();
    await set.write(0, 5);
    await set.scale(2, { force: true });
    await set.voters([0, 1]);
    await set.nothingLost(0, 1);
  });

  scenario('takes a dead leaver with it', { replicas: 5 }, async (set, expect) => {
    const before = await set.up();
    set.setReplicas(3);
    // The keepers are kept from doing it.
    set.api.fail({ kind: 'status', code: 500 }, ({ client }) => client.endsWith('.keeper'));
    await set.delete([4], { force: true });
    await set.delete([3]);
    expect(await set.members(0)).toEqual(before.slice(0, 3));
  });

  scenario('killed while it was still joining', { replicas: 1 }, async (set, expect) => {
    await set.up();
    set.setReplicas(3);
    // However long the test takes to kill them, they are learners: as voters they would be missed.
    set.api.fail({ kind: 'status', code: 500 }, ({ client }) => /^etcd-[12]\.keeper$/.test(client));
    await set.start(1, 2);
    await set.waitFor(async () => (await set.member(0).members()).length > 1, {
      what: 'a joiner is listed',
      every: 5,
    });
    await set.scale(1, { force: true });
    await set.voters([0]);
    expect(await set.members(0)).toHaveLength(1);
  });

  scenario('told to go while it was still joining', { replicas: 1 }, async set => {
    await set.up();
    set.setReplicas(3);
    await set.start(1, 2);
    await set.waitFor(async () => (await set.member(0).members()).length > 1, {
      what: 'a joiner is listed',
      every: 5,
    });
    await set.scale(1);
    await set.voters([0]);
  });

  scenario(
    'killed while leaving from two: nothing is lost, and the remedy is named',
    { replicas: 2 },
    async (set, expect) => {
      await set.up();
      await set.write(0, 5);
      await set.scale(1, { force: true });
      const line = await set.line(0, /no quorum/, { timeout: 60_000 });
      expect(line).toContain('kubectl -n here scale statefulset etcd --replicas=2');
      await set.scale(2);
      await set.voters([0, 1]);
      await set.nothingLost(0, 1);
    },
  );
});

describe.concurrent('a stop that is treated as a restart: the member stays', () => {
  async function stops(set: EtcdSet): Promise<void> {
    await set.up();
    await set.write(0, 5);
  }

  scenario(
    'a rolling restart: leadership goes over, IDs stay',
    { replicas: 3, flags: steady },
    async (set, expect) => {
      await stops(set);
      const before = await set.members(0);
      for (const ordinal of [2, 1, 0]) {
        const leads = (await set.leader(ordinal)) === ordinal;
        await set.replace([ordinal]);
        const said = set.lastWords(ordinal).some(line => /^stop: leadership goes/.test(line));
        expect(said).toBe(leads);
        expect(await set.voters([0, 1, 2])).toEqual(before);
      }
      await set.nothingLost(0, 1, 2);
    },
  );

  scenario('the API server is down', { replicas: 3, gracePeriodSeconds: shortGrace }, async (set, expect) => {
    await stops(set);
    await set.lead(2);
    set.setReplicas(2);
    await set.api.down();
    await set.delete([2]);
    expect(set.lastWords(2).some(line => /^stop: .*does not answer.*treated as a restart/.test(line))).toBe(
      true,
    );
    expect(set.lastWords(2).some(line => /^stop: leadership goes from etcd-2/.test(line))).toBe(true);
    expect(await set.members(0)).toHaveLength(3);
    await set.api.up();
    await set.voters([0, 1]);
  });

  scenario('the API server hangs', { replicas: 3, gracePeriodSeconds: shortGrace }, async (set, expect) => {
    await stops(set);
    set.setReplicas(2);
    set.api.fail({ kind: 'hang' });
    const since = Date.now();
    await set.delete([2]);
    expect(Date.now() - since).toBeLessThan(shortGrace * 1_000);
    expect(await set.members(0)).toHaveLength(3);
  });

  for (const code of [401, 403] as const) {
    scenario(`the API server says ${code}`, { replicas: 3 }, async (set, expect) => {
      await stops(set);
      set.setReplicas(2);
      set.api.fail({ kind: 'status', code });
      const since = Date.now();
      await set.delete([2]);
      expect(Date.now() - since).toBeLessThan(20_000);
      expect(set.lastWords(2).some(line => /^stop: .*refuses.*treated as a restart/.test(line))).toBe(true);
      expect(await set.members(0)).toHaveLength(3);
    });
  }

  scenario('the StatefulSet is gone, as after uninstalling', { replicas: 3 }, async (set, expect) => {
    await stops(set);
    const before = await set.members(0);
    set.api.store.delete('statefulsets', 'etcd');
    await set.delete([0, 1, 2]);
    set.createStatefulSet(3);
    await set.start(0, 1, 2);
    expect(await set.voters([0, 1, 2])).toEqual(before);
    await set.nothingLost(0, 1, 2);
  });

  scenario(
    'the StatefulSet is being deleted, with fewer replicas than before',
    { replicas: 3 },
    async (set, expect) => {
      await stops(set);
      set.api.store.update('statefulsets', 'etcd', object => {
        object.metadata.finalizers = ['foregroundDeletion'];
        object.spec = { replicas: 1 };
      });
      set.api.store.delete('statefulsets', 'etcd');
      await set.delete([2]);
      expect(await set.members(0)).toHaveLength(3);
    },
  );

  scenario(
    'the namespace is deleted: pods that wait for their turn do not wait for each other any more',
    { replicas: 3 },
    async (set, expect) => {
      await stops(set);
      const gone = set.delete([0, 1, 2]);
      // Which of them waits depends on the seconds in which they are deleted.
      await set.waitFor(
        () => set.pods.some(pod => pod.lines.some(line => /would lose its quorum without/.test(line))),
        {
          what: 'a pod waits for its turn',
        },
      );
      set.api.store.delete('statefulsets', 'etcd');
      await gone;
      const words = [0, 1, 2].flatMap(ordinal => set.lastWords(ordinal));
      expect(words.filter(line => /^stop: member \w+ stays/.test(line)).length).toBeGreaterThan(0);
      expect(words.filter(line => /did not come back in time/.test(line))).toEqual([]);
    },
  );

  scenario(
    'of two pods deleted seconds apart the second waits, although the first still answers while it stops',
    { replicas: 3 },
    async (set, expect) => {
      await stops(set);
      const before = await set.members(2);
      set.api.store.delete('pods', 'etcd-0');
      const { deletionTimestamp = '' } = set.api.store.get('pods', 'etcd-0').metadata;
      await set.waitFor(() => new Date().toISOString().slice(0, 19) !== deletionTimestamp.slice(0, 19), {
        what: 'the next second',
      });
      const second = set.delete([1]);
      await set.line(1, /would lose its quorum without etcd-1/);
      await set.replace([0]);
      await second;
      await set.start(1);
      expect(await set.voters([0, 1, 2])).toEqual(before);
      await set.nothingLost(0, 1, 2);
    },
  );

  scenario('the pod that now bears its name is another one', { replicas: 3 }, async (set, expect) => {
    await stops(set);
    const pod = set.pod(2);
    set.usurp(2);
    set.setReplicas(2);
    await pod.stop();
    expect(await set.members(0)).toHaveLength(3);
  });

  scenario('zero replicas: everybody sleeps, and comes back', { replicas: 3 }, async (set, expect) => {
    await stops(set);
    const before = await set.members(0);
    await set.scale(0);
    expect(set.pods).toEqual([]);
    for (const ordinal of [0, 1, 2]) {
      expect(
        set
          .lastWords(ordinal)
          .filter(line => /^(stop|leave|wait): /.test(line))
          .at(-1),
      ).toMatch(/^stop: member [0-9a-f]{16} stays/);
    }
    await set.scale(3);
    expect(await set.voters([0, 1, 2])).toEqual(before);
    await set.nothingLost(0, 1, 2);
  });

  scenario(
    'woken with fewer than slept, a pod waits and names the remedy',
    { replicas: 3 },
    async (set, expect) => {
      await stops(set);
      await set.scale(0);
      await set.scale(1);
      const line = await set.line(0, /no quorum/, { timeout: 60_000 });
      expect(line).toContain('kubectl -n here scale statefulset etcd --replicas=3');
      await set.scale(3);
      await set.voters([0, 1, 2]);
      await set.nothingLost(0, 1, 2);
    },
  );
});
