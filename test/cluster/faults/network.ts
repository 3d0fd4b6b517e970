// Members that others cannot reach, that cannot reach others, or whose nodes are emptied.

import { expect } from 'vitest';
import { isReady } from '../../../scripts/release/objects.ts';
import { withNodesCordoned } from '../support/cordon.ts';
import { type Direction, whileCutOff } from '../support/network.ts';
import { type Fault, type FaultScene, ids } from './scenario.ts';

const all = ['etcd-0', 'etcd-1', 'etcd-2'];
/** No outage: a busy machine allowed for. */
const NO_OUTAGE = 5000;

/** Writes that show that the others go on. */
const WRITES = 20;

/** Waits until the others have acknowledged writes. */
async function othersWrite(at: FaultScene): Promise<void> {
  const before = await at.workload.acknowledged();
  await at.until('the others write', async () => (await at.workload.acknowledged()) >= before + WRITES);
}

/** Cuts one member's packets and connects it again: nobody's membership changes. */
function cut(
  name: string,
  direction: Direction,
  victim: (at: FaultScene) => Promise<string>,
  more: Partial<Fault> = {},
): Fault {
  return {
    name,
    class: 'network',
    ...more,
    run: async at => {
      const before = await at.voters(3);
      const pod = await victim(at);
      await whileCutOff(at, pod, direction, async () => {
        await at.until(`${pod} is not ready without a quorum`, async () => !isReady(await at.pod(pod)));
        await othersWrite(at);
      });
      at.healing();
      expect(ids(await at.expectVoters(3)), 'a cut changes no member').toEqual(ids(before));
    },
  };
}

/** Evicts a pod as a drain does; returns whether the API server allowed it. Throws for another refusal. */
async function evict(at: FaultScene, pod: string): Promise<boolean> {
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod } };
  try {
    await at.api.text('POST', at.core(`pods/${pod}/eviction`), { body });
    return true;
  } catch (error) {
    expect(String(error)).toContain("would violate the pod's disruption budget");
    return false;
  }
}

const drain: Fault = {
  name: 'every node drained, one after another',
  class: 'network',
  run: async at => {
    const before = await at.voters(3);
    for (const pod of all) {
      await at.settled();
      const node = (await at.pod(pod)).spec.nodeName ?? '';
      const others = all.filter(other => other !== pod);
      const uids = await at.pods();
      at.healing();
      await withNodesCordoned(at, [node], async () => {
        await at.kubectl(
          'drain',
          node,
          '--ignore-daemonsets',
          '--delete-emptydir-data',
          '--pod-selector=app.kubernetes.io/instance=etcd',
          '--timeout=120s',
        );
        await at.until(`${pod} is Pending`, async () => {
          const found = await at.findPod(pod);
          return found?.status.phase === 'Pending' && found.metadata.uid !== uids.get(pod);
        });
        for (const other of others) {
          expect(await evict(at, other), `${other} may go while ${pod} is down`).toBe(false);
        }
        await othersWrite(at);
        const now = await at.pods();
        for (const other of others) expect(now.get(other), `${other} stays`).toBe(uids.get(other));
      });
      expect(ids(await at.expectVoters(3)), 'a drain changes no member').toEqual(ids(before));
    }
    expect(await at.workload.longestGap()).toBeLessThan(NO_OUTAGE);
  },
};

export const networkFaults: readonly Fault[] = [
  cut('a follower cut off both ways', 'both', at => at.follower(), { representative: true }),
  cut('the leader cut off both ways', 'both', at => at.leader()),
  cut('the leader hears but is not heard', 'out', at => at.leader()),
  cut('a follower is heard but does not hear', 'in', at => at.follower()),
  drain,
];
