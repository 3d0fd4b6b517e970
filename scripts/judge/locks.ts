import { contestFaults } from '../client/faults.ts';
import type { Generations } from './generations.ts';
import type { History, MemberState } from './history.ts';

/** The lock kept its promises; guarded writes are read from the final state, below `guarded`. */
export function lockFaults(
  { calls, holds }: History,
  states: readonly MemberState[],
  generations: Generations,
  guarded: string,
): string[] {
  const [state] = states;
  if (!state) return [];
  const writes = state.keys
    .filter(({ key }) => key.startsWith(guarded))
    .map(({ key, revision }) => {
      const [token = '', name = ''] = key.slice(guarded.length).split('/');
      return { token, name, revision };
    });
  return contestFaults(
    holds.filter(({ acquired }) => acquired >= beginOfLast(calls, generations)),
    writes,
  );
}

/** When the last cluster began to answer: who held the lock before may have lost it by the change. */
function beginOfLast(calls: History['calls'], generations: Generations): number {
  if (generations.clusters.length < 2) return 0;
  const last = generations.clusters.at(-1);
  return Math.min(...calls.filter(({ answered }) => answered?.cluster === last).map(({ end }) => end));
}
