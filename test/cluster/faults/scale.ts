// Membership follows the StatefulSet's replicas, whatever else happens meanwhile.
import { expect } from 'vitest';
import { membersSeenBy } from '../../../scripts/release/members.ts';
import { versions } from '../../../scripts/tools/catalogue.ts';
import { withWorkersCordoned } from '../support/cordon.ts';
import { etcdOf, signalProcess, withoutKubelet } from '../support/node.ts';
import { type Fault, type FaultScene, ids } from './scenario.ts';

/** From one number of members to the next by `kubectl scale`, each reached before the next is asked for. */
function scaling(path: readonly number[], more: Partial<Fault> = {}): Fault {
  const [members = 3, ...steps] = path;
  return {
    name: path.join(' to '),
    class: 'scale',
    members,
    most: Math.max(...path),
    ...more,
    run: async at => {
      let before = await at.voters(members);
      for (const replicas of steps) {
        at.healing();
        await at.scale(replicas);
        const after = await at.expectVoters(replicas);
        // Hibernation: nobody leaves, and the next step brings everybody back.
        if (replicas === 0) continue;
        const staying = Math.min(before.length, replicas);
        expect(ids(after.slice(0, staying)), 'who stays is who it was').toEqual(
          ids(before.slice(0, staying)),
        );
        const returned = after.slice(staying).filter(({ id }) => ids(before).includes(id));
        expect(returned, 'a member that left never comes back under its old ID').toEqual([]);
        before = after;
      }
    },
  };
}

/** Waits until the members are exactly those of the ordinals, as the first of them knows it. */
async function expectListed(at: FaultScene, ...ordinals: number[]): Promise<void> {
  const names = ordinals.map(ordinal => `etcd-${ordinal}`);
  await at.until(`the members are ${names.join(', ')}`, async () => {
    const listed = await membersSeenBy(at.set(), `etcd-${ordinals[0]}`).catch(() => []);
    return listed.map(({ name }) => name).join() === names.join();
  });
}

/** Waits until the StatefulSet has exactly these pods, whether they run or not. */
async function expectPods(at: FaultScene, ...ordinals: number[]): Promise<void> {
  const names = ordinals.map(ordinal => `etcd-${ordinal}`);
  await at.until(
    `the pods are ${names.join(', ')}`,
    async () => [...(await at.pods()).keys()].join() === names.join(),
  );
}

/**
 * Waits until no quorum has answered for longer than an election takes: pods that are deleted by force are gone
 * from the API before their processes are.
 */
async function expectNoQuorum(at: FaultScene): Promise<void> {
  const read = { endpoints: [at.member(0)], path: '/v3/kv/range', body: { key: 'AA==' }, timeout: 1000 };
  let answered = performance.now();
  await at.until('no quorum is left', async () => {
    const answer = await at.ask('call', read).catch(() => undefined);
    if (answer !== undefined) answered = performance.now();
    return performance.now() - answered > 5000;
  });
}

export const scaleFaults: readonly Fault[] = [
  scaling([1, 3], { representative: true }),
  scaling([3, 5]),
  scaling([5, 7]),
  scaling([7, 3]),
  scaling([3, 1]),
  scaling([3, 2, 3]),
  scaling([3, 0, 3]),
  {
    name: '3 to 5 and back to 3 while 5 is still forming',
    class: 'scale',
    most: 5,
    run: async at => {
      const before = await at.voters(3);
      await at.scale(5);
      await at.until('a fourth member is listed', async () => {
        const listed = await membersSeenBy(at.set(), 'etcd-0').catch(() => []);
        return listed.length > 3;
      });
      at.healing();
      await at.scale(3);
      expect(ids(await at.expectVoters(3))).toEqual(ids(before));
    },
  },
  {
    name: 'scale-in while a member is down',
    class: 'scale',
    members: 5,
    run: async at => {
      const before = await at.voters(5);
      await withWorkersCordoned(at, async () => {
        await at.tearOut('etcd-1');
        await at.scale(3);
        await expectListed(at, 0, 1, 2);
        await at.workload.progress(1);
      });
      at.healing();
      expect(ids(await at.expectVoters(3))).toEqual(ids(before.slice(0, 3)));
    },
  },
  {
    name: 'scale-in during loss of quorum',
    class: 'scale',
    members: 5,
    run: async at => {
      const before = await at.voters(5);
      await withWorkersCordoned(at, async () => {
        await at.tearOut('etcd-1', 'etcd-2', 'etcd-3');
        await at.until('the lost pods are Pending', async () => {
          const pods = await Promise.all(['etcd-1', 'etcd-2', 'etcd-3'].map(pod => at.findPod(pod)));
          return pods.every(
            pod => pod?.status.phase === 'Pending' && pod.metadata.deletionTimestamp === undefined,
          );
        });
        await expectNoQuorum(at);
        await at.scale(3);
        await at.expectLog('etcd-4', /no quorum among the members that stay: etcd-4 cannot leave/);
        await expectPods(at, 0, 1, 2);
        const answer = await at.ask('call', {
          endpoints: [at.member(0)],
          path: '/v3/cluster/member/list',
          body: { linearizable: false },
        });
        const { members } = answer as { members: { name: string }[] };
        expect(members.map(({ name }) => name).sort(), 'nobody leaves without a quorum').toEqual(
          before.map(({ name }) => name),
        );
      });
      at.healing();
      expect(ids(await at.expectVoters(3))).toEqual(ids(before.slice(0, 3)));
    },
  },
  {
    name: 'scale-in of a pod whose node is lost',
    class: 'scale',
    members: 4,
    run: async at => {
      const before = await at.voters(4);
      const { spec } = await at.pod('etcd-3');
      const process = await etcdOf(at, 'etcd-3');
      // Without its kubelet nobody tells the pod that it shall stop, and nobody starts its etcd again.
      await withoutKubelet(spec.nodeName ?? '', async () => {
        await signalProcess(process, 'KILL');
        await at.scale(3);
        await at.tearOut('etcd-3');
        await expectListed(at, 0, 1, 2);
      });
      at.healing();
      expect(ids(await at.expectVoters(3))).toEqual(ids(before.slice(0, 3)));
    },
  },
  {
    name: 'replicas and image changed by one helm upgrade',
    class: 'scale',
    values: { image: { tag: `v${versions.etcd['3.6']}` } },
    most: 5,
    run: async at => {
      const before = await at.voters(3);
      at.healing();
      await at.install({ values: { replicaCount: 5, image: { tag: `v${versions.etcd['3.7']}` } } });
      const after = await at.expectVoters(5, 240_000);
      expect(ids(after.slice(0, 3))).toEqual(ids(before));
      expect(await at.running(5)).toEqual(after.map(() => versions.etcd['3.7']));
    },
  },
];
