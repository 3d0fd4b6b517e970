import type { ProberReport } from '../../../client/prober.ts';
import { isReady } from '../../../release/objects.ts';
import type { Round } from '../arena.ts';
import type { Condition } from '../pods.ts';
import type { Figure, Trial } from '../result.ts';
import { failedCalls, longestGap, retriedCalls, stoodStill, writesAgain } from '../timeline.ts';

const lane = ({ report }: Round, name: ProberReport['lanes'][number]['name']) =>
  report.lanes.find(lane => lane.name === name)?.calls ?? [];

const end = ({ report }: Round): number =>
  report.lanes.flatMap(({ calls }) => calls).reduce((last, [, done]) => Math.max(last, done), 0);

/** What a round under load came to: `figures` of its own, and what its clients met. */
export function trialOf(round: Round, figures: Trial['figures'] = {}): Trial {
  const problems: Record<string, number> = {};
  for (const { name, errors } of round.report.lanes) {
    for (const [reason, number] of Object.entries(errors)) problems[`${name}: ${reason}`] = number;
  }
  return { figures: { ...figures, ...loadFigures(round) }, timeline: round.timeline, problems };
}

/** What the clients of one round met: gaps in milliseconds, calls by number. */
function loadFigures(round: Round): Record<string, number> {
  const lanes = [lane(round, 'members'), lane(round, 'service')] as const;
  const spans = lanes.map(calls => longestGap(calls, round.fault, end(round)));
  const [members, service] = spans.map(({ from, to }) => Math.round(to - from));
  const still = spans.map(span => stoodStill(round.report.stalls, span));
  const count = (of: typeof failedCalls) => lanes.reduce((sum, calls) => sum + of(calls, round.fault), 0);
  return {
    gapMembers: members ?? Number.NaN,
    gapService: service ?? Number.NaN,
    failed: count(failedCalls),
    retried: count(retriedCalls),
    late: round.report.late,
    still: Math.round(Math.max(...still)),
  };
}

/** Seconds until writes go through again for good, by the members and by the Service. */
export function recoveryFigures(round: Round): Record<string, number> {
  const seconds = (name: 'members' | 'service') =>
    Math.round(writesAgain(lane(round, name), round.fault, end(round))) / 1000;
  return { againMembers: seconds('members'), againService: seconds('service') };
}

/** The two gaps under one bound in milliseconds, or none. */
export const gaps = (atMost?: number): Figure[] =>
  (['Members', 'Service'] as const).map(by => ({
    key: `gap${by}`,
    title: `longest gap by ${by === 'Members' ? 'member endpoints' : 'the Service'}`,
    unit: 'ms',
    ...(atMost === undefined ? {} : { targets: [{ of: 'worst', atMost }] }),
  }));

/** Writes that failed twice; none may. */
export const noFailedCall: Figure = {
  key: 'failed',
  title: 'failed calls (1 s timeout, one retry)',
  unit: 'calls',
  targets: [{ of: 'worst', atMost: 0 }],
};

/** The same without a bound. */
export const failedCall: Figure = { key: 'failed', title: noFailedCall.title, unit: 'calls' };

/** Writes that took a second attempt. */
export const retriedCall: Figure = { key: 'retried', title: 'calls that took their retry', unit: 'calls' };

/** By how much the prober itself was late at worst: what no gap can be told from. */
export const lateness: Figure = { key: 'late', title: 'the prober itself was late by', unit: 'ms' };

/** How much of a gap is none of etcd's. */
export const stillness: Figure = {
  key: 'still',
  title: 'in one of these gaps the prober itself stood still for',
  unit: 'ms',
};

/** So many pods are Ready, and none is one of those that were there before. */
export const replaced =
  (count: number, before: ReadonlySet<string>): Condition =>
  pods =>
    pods.length === count && pods.every(pod => isReady(pod) && !before.has(pod.metadata.uid));
