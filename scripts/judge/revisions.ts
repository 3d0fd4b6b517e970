import { answeredCalls, type Generations } from './generations.ts';
import type { Answered, Call, History } from './history.ts';

type AnsweredCall = Call & { answered: Answered };

const KEYS = '/v3/kv/';

/** Whether a call's revision was agreed on by a quorum: all but the reads from one member's own disk. */
function isLinearizable(call: Call): boolean {
  if (call.kind === 'read') return call.linearizable;
  return call.kind !== 'other' || call.path.startsWith(KEYS);
}

const isWrite = ({ kind, outcome }: Call): boolean =>
  outcome === 'ok' && (kind === 'put' || kind === 'increment');

/**
 * What a quorum said never goes back: no call answers with less than a call that had ended before it began, and
 * no cluster answers after its successor did. A member's own reads never go back either while it goes on
 * answering. No two writes have one revision.
 */
export function revisionFaults(history: History, generations: Generations): string[] {
  const answered = answeredCalls(history.calls);
  return [
    ...backwards(answered.filter(isLinearizable), generations),
    ...sharedRevisions(answered.filter(isWrite)),
    ...staleMembers(history.calls),
  ];
}

const describe = ({ kind, endpoint, answered }: AnsweredCall): string =>
  `${kind} through ${endpoint} at revision ${answered.revision}`;

function backwards(calls: readonly AnsweredCall[], generations: Generations): string[] {
  const ended = [...calls].sort((a, b) => a.end - b.end);
  const faults: string[] = [];
  let next = 0;
  let newest: AnsweredCall | undefined;
  for (const call of [...calls].sort((a, b) => a.start - b.start)) {
    for (let before = ended[next]; before && before.end < call.start; before = ended[next]) {
      next += 1;
      if (!newest || isBehind(newest.answered, before.answered, generations)) newest = before;
    }
    if (!newest) continue;
    if (generations.place(call.answered.cluster) < generations.place(newest.answered.cluster)) {
      const { cluster } = newest.answered;
      faults.push(
        `${describe(call)} was answered by cluster ${call.answered.cluster} after cluster ${cluster}`,
      );
    } else if (isBehind(call.answered, newest.answered, generations)) {
      faults.push(`${describe(call)} began after ${describe(newest)} had ended`);
    } else if (isWrite(call) && isSame(call.answered, newest.answered)) {
      faults.push(`${describe(call)} is no newer than ${describe(newest)} that had ended before it`);
    }
  }
  return faults;
}

const isSame = (a: Answered, b: Answered): boolean => a.cluster === b.cluster && a.revision === b.revision;

function isBehind(a: Answered, b: Answered, generations: Generations): boolean {
  if (generations.separated(b.cluster, a.cluster)) return false;
  if (generations.separated(a.cluster, b.cluster)) return true;
  return BigInt(a.revision) < BigInt(b.revision);
}

function sharedRevisions(writes: readonly AnsweredCall[]): string[] {
  const taken = new Map<string, AnsweredCall>();
  return writes.flatMap(write => {
    const place = `${write.answered.cluster} ${write.answered.revision}`;
    const other = taken.get(place);
    taken.set(place, write);
    return other ? [`${describe(write)} and ${describe(other)} share one revision`] : [];
  });
}

function staleMembers(calls: readonly Call[]): string[] {
  const last = new Map<string, Answered>();
  const faults: string[] = [];
  for (const call of calls) {
    if (call.kind !== 'read' || call.linearizable) continue;
    const { endpoint, answered } = call;
    const before = last.get(endpoint);
    // A member that was away may have been killed, and has yet to hear again what it had heard before.
    if (answered) last.set(endpoint, answered);
    else last.delete(endpoint);
    if (!before || before.member !== answered?.member || before.cluster !== answered.cluster) continue;
    if (BigInt(answered.revision) < BigInt(before.revision)) {
      faults.push(
        `${endpoint} answered from its disk at revision ${before.revision}, then at ${answered.revision}`,
      );
    }
  }
  return faults;
}
