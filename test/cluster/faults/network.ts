// Members that others cannot reach, and that cannot reach others.

import { expect } from 'vitest';
import { isReady } from '../../../scripts/release/objects.ts';
import { type Direction, whileCutOff } from '../support/network.ts';
import { type Fault, type FaultScene, ids } from './scenario.ts';

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

export const networkFaults: readonly Fault[] = [
  cut('a follower cut off both ways', 'both', at => at.follower(), { representative: true }),
  cut('the leader cut off both ways', 'both', at => at.leader()),
  cut('the leader hears but is not heard', 'out', at => at.leader()),
  cut('a follower is heard but does not hear', 'in', at => at.follower()),
];
