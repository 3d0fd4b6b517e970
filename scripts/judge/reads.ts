import { answeredCalls, type Generations } from './generations.ts';
import type { Answered, Call, History, IncrementCall, PutCall, ReadCall } from './history.ts';

type Written = (PutCall | IncrementCall) & { answered: Answered };

/**
 * A linearizable read of a key sees every write of it that was acknowledged before the read began. A key on a
 * lease is there while the lease was kept alive, and gone once it was revoked.
 */
export function readFaults(history: History, generations: Generations): string[] {
  const writes = new Map<string, Written[]>();
  for (const call of answeredCalls(history.calls.filter(isAcknowledgedWrite))) {
    const key = call.kind === 'put' ? call.key : call.counter;
    const known = writes.get(key);
    if (known) known.push(call);
    else writes.set(key, [call]);
  }
  return history.calls.flatMap(call => {
    if (call.kind === 'read' && call.linearizable)
      return staleRead(call, writes.get(call.key) ?? [], generations);
    if (call.kind !== 'leased' || call.outcome !== 'ok' || call.answered?.cluster !== call.cluster) return [];
    if (call.there === (call.expected === 'there')) return [];
    return call.there
      ? [`${call.key} is still there after its lease was revoked, says ${call.endpoint}`]
      : [`${call.key} is gone although its lease was kept alive, says ${call.endpoint}`];
  });
}

const isAcknowledgedWrite = (call: Call): call is PutCall | IncrementCall =>
  call.outcome === 'ok' && (call.kind === 'put' || call.kind === 'increment');

function staleRead(read: ReadCall, writes: readonly Written[], generations: Generations): string[] {
  const { answered, start, seen, key, endpoint } = read;
  if (!answered) return [];
  const missed = writes.find(
    write =>
      write.end < start &&
      generations.mustKeep(write.answered, answered.cluster) &&
      (seen === undefined || BigInt(seen) < BigInt(write.answered.revision)),
  );
  if (!missed) return [];
  const saw = seen === undefined ? 'did not find it' : `saw it at revision ${seen}`;
  return [
    `a linearizable read of ${key} through ${endpoint} ${saw}, after it was written at ${missed.answered.revision}`,
  ];
}
