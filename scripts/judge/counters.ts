import type { Generations } from './generations.ts';
import type { History, IncrementCall, MemberState } from './history.ts';

/** Each counter stands where the acknowledged increments put it, give or take those that nobody answered. */
export function counterFaults(
  history: History,
  states: readonly MemberState[],
  generations: Generations,
): string[] {
  const increments = history.calls.filter((call): call is IncrementCall => call.kind === 'increment');
  const counters = [...new Set(increments.map(({ counter }) => counter))];
  return counters.flatMap(counter => {
    const mine = increments.filter(call => call.counter === counter);
    return [...doubles(mine), ...states.flatMap(state => miscounted(counter, mine, state, generations))];
  });
}

function miscounted(
  counter: string,
  increments: readonly IncrementCall[],
  { endpoint, clusterId, keys }: MemberState,
  generations: Generations,
): string[] {
  const acknowledged = increments.flatMap(({ outcome, answered }) =>
    outcome === 'ok' && answered ? [answered] : [],
  );
  const least = acknowledged.filter(answer => generations.mustKeep(answer, clusterId)).length;
  const possible = acknowledged.filter(({ cluster }) => !generations.separated(cluster, clusterId)).length;
  const unknown = increments.filter(({ outcome }) => outcome === 'unknown').length;
  const value = Number(keys.find(({ key }) => key === counter)?.value ?? 0);
  if (value >= least && value <= possible + unknown) return [];
  return [
    `${counter} is ${value} on ${endpoint} after ${least} acknowledged increments and ${unknown} unanswered ones`,
  ];
}

/** One cluster never acknowledges the same step twice. */
function doubles(increments: readonly IncrementCall[]): string[] {
  const seen = new Set<string>();
  return increments.flatMap(({ outcome, answered, counter, to, endpoint }) => {
    if (outcome !== 'ok' || !answered) return [];
    const step = `${answered.cluster} ${to}`;
    if (seen.has(step))
      return [`two increments of ${counter} to ${to} were acknowledged, one by ${endpoint}`];
    seen.add(step);
    return [];
  });
}
