import { answeredCalls, type Generations } from './generations.ts';
import type { History, MemberState, PutCall } from './history.ts';

/** Every acknowledged write is in every member's state as it was acknowledged; no refused one is. */
export function writeFaults(
  history: History,
  states: readonly MemberState[],
  generations: Generations,
): string[] {
  const puts = history.calls.filter((call): call is PutCall => call.kind === 'put');
  return states.flatMap(({ endpoint, clusterId, keys }) => {
    const stored = new Map(keys.map(({ key, revision }) => [key, revision]));
    const lost = answeredCalls(puts)
      .filter(({ outcome, answered }) => outcome === 'ok' && generations.mustKeep(answered, clusterId))
      .flatMap(({ key, answered, endpoint: through }) => {
        const revision = stored.get(key);
        if (revision === answered.revision) return [];
        const found = revision === undefined ? 'does not have it' : `has it at ${revision}`;
        return [`${key}, acknowledged at revision ${answered.revision} by ${through}: ${endpoint} ${found}`];
      });
    const unwanted = puts
      .filter(({ outcome, key }) => outcome === 'failed' && stored.has(key))
      .map(({ key, problem }) => `${key} was refused (${problem}), yet ${endpoint} has it`);
    return [...lost, ...unwanted];
  });
}
