import { counterFaults } from './counters.ts';
import { coverageFaults } from './coverage.ts';
import { Generations } from './generations.ts';
import type { History, MemberState } from './history.ts';
import { lockFaults } from './locks.ts';
import { clusterFaults, memberFaults } from './members.ts';
import { readFaults } from './reads.ts';
import { revisionFaults } from './revisions.ts';
import { watcherFaults } from './watchers.ts';
import { writeFaults } from './writes.ts';

/** Keys of writes that a lock guards begin with it. */
export const GUARDED_PREFIX = 'workload/lock-guarded/';

/** So many sentences of one kind are told: a lost database would fill the screen. */
const MOST = 5;

/**
 * What a history and the final state of every member prove to be wrong, in words; empty when nothing was lost,
 * doubled, forked or seen too late.
 */
export function judge(history: History, states: readonly MemberState[]): string[] {
  const generations = new Generations(history);
  return told(
    ...historyFaults(history, generations),
    memberFaults(states, generations),
    writeFaults(history, states, generations),
    counterFaults(history, states, generations),
    watcherFaults(history, states, generations),
    lockFaults(history, states, generations, GUARDED_PREFIX),
  );
}

/** The same where no quorum is left that could be asked for its state: what the calls alone prove. */
export function judgeCalls(history: History): string[] {
  return told(...historyFaults(history, new Generations(history)));
}

function historyFaults(history: History, generations: Generations): string[][] {
  return [
    coverageFaults(history),
    clusterFaults(generations),
    revisionFaults(history, generations),
    readFaults(history, generations),
  ];
}

function told(...kinds: string[][]): string[] {
  return kinds.flatMap(faults => {
    const more = faults.length - MOST;
    return more > 0 ? [...faults.slice(0, MOST), `… and ${more} more of this kind`] : faults;
  });
}
