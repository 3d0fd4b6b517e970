import type { GuardedWrite, Hold } from './contest.ts';

/**
 * What a contest's history proves to be wrong, in words; empty when the lock kept its promises: one holder at
 * a time, tokens strictly rising, no guarded write with an older token than one before it, no write refused
 * to the holder and none accepted from a former one, and no acknowledged write lost.
 */
export function contestFaults(holds: readonly Hold[], writes: readonly GuardedWrite[]): string[] {
  const faults: string[] = [];
  for (const [index, hold] of holds.entries()) {
    const who = `${hold.contender} with token ${hold.token}`;
    const next = holds[index + 1];
    if (next && BigInt(next.token) <= BigInt(hold.token)) {
      faults.push(`after ${who} came ${next.contender} with token ${next.token}, which is not higher`);
    }
    if (next && (hold.stopped === undefined || hold.stopped > next.acquired)) {
      faults.push(`${next.contender} got the lock while ${who} was still at work`);
    }
    if (hold.refusedWhileHeld > 0) {
      faults.push(`${who} was refused ${hold.refusedWhileHeld} writes while it held the lock`);
    }
    if (hold.refusedAfterwards === false) faults.push(`${who} could write after it had lost the lock`);
    const kept = writes.filter(({ token, name }) => token === hold.token && name !== 'late').length;
    if (kept < hold.writes || kept > hold.writes + hold.unanswered) {
      faults.push(
        `${who} had ${hold.writes} writes acknowledged (${hold.unanswered} unanswered), etcd has ${kept}`,
      );
    }
  }
  let newest = 0n;
  for (const { token, name, revision } of writes) {
    if (BigInt(token) < newest) {
      faults.push(`write ${name} at revision ${revision} carries token ${token} after one with ${newest}`);
    }
    if (BigInt(token) > newest) newest = BigInt(token);
  }
  return faults;
}
