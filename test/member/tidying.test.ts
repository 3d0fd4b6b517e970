import { describe } from 'vitest';
import { scenario } from './support/scenario.ts';
import type { EtcdSet } from './support/set.ts';

// What the keeper of the leader's pod takes out of the member list, and what it must leave there.

/** Seconds: each of these tests waits for a keeper to have looked twice. */
const upkeepSeconds = 3;

/** Waits until the leader's keeper, whichever pod it is in, has looked often enough to have acted. */
async function keepersLook(set: EtcdSet): Promise<void> {
  await Promise.all(set.pods.map(pod => set.looks(pod.ordinal, 2, 'keeper')));
}

describe.concurrent('the leader removes', () => {
  scenario(
    "a learner that never started, when its pod is gone; but no stranger's",
    { replicas: 3, upkeepSeconds },
    async (set, expect) => {
      await set.start(0, 1);
      await set.voters([0, 1]);
      const stranger = 'http://127.0.0.9:2380';
      await set.waitFor(() => set.member(0).addMember(set.peerUrl(2), true), {
        what: 'etcd takes a learner',
      });
      await set.waitFor(() => set.member(0).addMember(stranger, true), {
        what: 'etcd takes another learner',
      });
      await set.waitFor(async () => (await set.listed(2, 0)) === undefined, {
        what: 'the dead learner is removed',
      });
      await keepersLook(set);
      expect((await set.members(0)).map(({ peerUrl }) => peerUrl)).toContain(stranger);
    },
  );
});

describe.concurrent('the leader leaves in the list', () => {
  scenario(
    'a member beyond replicas whose pod is still there',
    { replicas: 3, upkeepSeconds },
    async (set, expect) => {
      await set.up();
      set.setReplicas(2);
      await keepersLook(set);
      expect(await set.members(0)).toHaveLength(3);
    },
  );

  scenario('everybody at zero replicas', { replicas: 3, upkeepSeconds }, async (set, expect) => {
    await set.up();
    set.setReplicas(0);
    await set.delete([2], { force: true });
    await keepersLook(set);
    expect(await set.members(0)).toHaveLength(3);
  });

  scenario(
    'everybody while the set is being deleted',
    { replicas: 3, upkeepSeconds },
    async (set, expect) => {
      await set.up();
      set.api.store.update('statefulsets', 'etcd', object => {
        object.metadata.finalizers = ['foregroundDeletion'];
        object.spec = { replicas: 1 };
      });
      set.api.store.delete('statefulsets', 'etcd');
      await set.delete([2], { force: true });
      await keepersLook(set);
      expect(await set.members(0)).toHaveLength(3);
    },
  );

  scenario('a voter whose pod is gone but wanted', { replicas: 3, upkeepSeconds }, async (set, expect) => {
    await set.up();
    await set.delete([2], { force: true });
    await keepersLook(set);
    expect(await set.members(0)).toHaveLength(3);
  });

  scenario(
    'a dead leaver while the others have no quorum to spare',
    { replicas: 4, upkeepSeconds },
    async (set, expect) => {
      await set.up();
      // 4 to 3 with etcd-3 and etcd-2 dead: two of four answer, so nothing can or may be removed.
      set.setReplicas(3);
      await set.delete([2, 3], { force: true });
      await set.waitFor(async () => set.pod(0).lines.some(line => /no quorum/.test(line)), {
        what: 'etcd-0 says that it has no quorum',
        timeout: 60_000,
      });
      await set.start(2);
      await set.voters([0, 1, 2]);
      expect(await set.members(0)).toHaveLength(3);
    },
  );
});
