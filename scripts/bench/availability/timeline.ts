import type { MemberChange, ProbeCall, ProberReport, Stall } from '../../client/prober.ts';

/** A stretch of time in milliseconds. */
export interface Span {
  from: number;
  to: number;
}

/** Something that happened to the pod of a member, in milliseconds from the fault. */
export interface Mark {
  at: number;
  ordinal: number;
  kind: 'deleted' | 'gone' | 'created' | 'scheduled' | 'ready' | 'unready';
}

/**
 * What a member was for a while: what it says itself, `silent` when it does not answer, or `stale` when
 * Kubernetes calls its pod Ready and only its name still leads to the old address.
 */
export interface MemberSpan extends Span {
  state: MemberChange[1] | 'stale';
}

/** What the writes of one lane came to; times are milliseconds from the fault. */
export interface LaneTimeline {
  name: 'members' | 'service';
  /** Acknowledged writes per bucket. */
  acknowledged: number[];
  /** Writes per bucket that were given up, by the time they were given up. */
  failed: number[];
  gap: Span;
}

/** The course of one round. */
export interface Timeline extends Span {
  /** Milliseconds per bucket. */
  bucket: number;
  lanes: LaneTimeline[];
  /** By ordinal. */
  members: MemberSpan[][];
  marks: Mark[];
}

const BUCKET = 50;
/** How much of the time before the fault a timeline shows, in milliseconds. */
const BEFORE = 1000;

const acknowledged = (calls: readonly ProbeCall[]): number[] =>
  calls
    .filter(([, , outcome]) => outcome !== 'failed')
    .map(([, done]) => done)
    .toSorted((a, b) => a - b);

/**
 * The longest time between two acknowledgements of which the second came after `from`; where none came until
 * `to`, the time until then counts. All in milliseconds.
 */
export function longestGap(calls: readonly ProbeCall[], from: number, to: number): Span {
  const times = acknowledged(calls);
  let longest: Span = { from, to: from };
  let last = times.findLast(time => time <= from) ?? from;
  for (const time of [...times.filter(time => time > from && time < to), to]) {
    if (time - last > longest.to - longest.from) longest = { from: last, to: time };
    last = time;
  }
  return longest;
}

/** Milliseconds of a gap in which the prober itself stood still, and could neither ask nor hear. */
export function stoodStill(stalls: readonly Stall[], { from, to }: Span): number {
  return stalls.reduce(
    (sum, [since, until]) => sum + Math.max(0, Math.min(to, until) - Math.max(from, since)),
    0,
  );
}

/**
 * Milliseconds from `from` until writes went through again for good: the end of the last pause longer than
 * `pause`. 0 when there was none.
 */
export function writesAgain(calls: readonly ProbeCall[], from: number, to: number, pause = 300): number {
  const times = acknowledged(calls);
  let last = times.findLast(time => time <= from) ?? from;
  let again = 0;
  for (const time of [...times.filter(time => time > from && time < to), to]) {
    if (time - last > pause) again = time - from;
    last = time;
  }
  return again;
}

/** Number of writes due after `from` that failed although they were tried twice. */
export function failedCalls(calls: readonly ProbeCall[], from: number): number {
  return calls.filter(([due, , outcome]) => due > from && outcome === 'failed').length;
}

/** Number of writes due after `from` whose first attempt failed and whose second did not. */
export function retriedCalls(calls: readonly ProbeCall[], from: number): number {
  return calls.filter(([due, , outcome]) => due > from && outcome === 'second').length;
}

/** What a member was from when to when; nothing before its first answer. */
export function statesOf(changes: readonly MemberChange[], to: number): MemberSpan[] {
  const first = changes.findIndex(([, state]) => state !== 'silent');
  if (first < 0) return [];
  const known = changes.slice(first);
  return known.map(([from, state], n) => ({ from, to: known[n + 1]?.[0] ?? to, state }));
}

/**
 * Divides silence that Kubernetes' own word ends: from the moment at which the member's pod became Ready (one of
 * `ready`) the member serves, and only its name leads astray.
 */
export function withoutStaleNames(spans: readonly MemberSpan[], ready: readonly number[]): MemberSpan[] {
  return spans.flatMap((span): MemberSpan[] => {
    const at = span.state === 'silent' ? ready.find(time => time > span.from && time < span.to) : undefined;
    if (at === undefined) return [span];
    return [
      { ...span, to: at },
      { ...span, from: at, state: 'stale' },
    ];
  });
}

/** The most members that were silent at the same time after the fault (at 0), having answered before. */
export function downAtOnce(members: readonly (readonly MemberSpan[])[]): number {
  const silent = members.flat().filter(span => span.state === 'silent' && span.to > 0);
  const together = silent.map(
    ({ from: start }) => silent.filter(other => other.from <= start && other.to > start).length,
  );
  return Math.max(0, ...together);
}

/** How many of the times are in each bucket of `width` between `from` and `to`. */
export function buckets(times: readonly number[], { from, to }: Span, width: number): number[] {
  const counts = Array.from({ length: Math.ceil((to - from) / width) }, () => 0);
  for (const time of times) {
    const bucket = Math.floor((time - from) / width);
    const count = counts[bucket];
    if (count !== undefined) counts[bucket] = count + 1;
  }
  return counts;
}

/**
 * A prober's report as a timeline around the fault at `fault` (milliseconds since the report's origin). Marks
 * are in epoch milliseconds; those before the fault are left out.
 */
export function timelineOf(report: ProberReport, fault: number, marks: readonly Mark[]): Timeline {
  const end = report.lanes.flatMap(({ calls }) => calls).reduce((last, [, done]) => Math.max(last, done), 0);
  const span: Span = { from: Math.max(-BEFORE, Math.ceil(-fault)), to: Math.ceil(end - fault) };
  const shift = <T extends Span>(moved: T): T => ({
    ...moved,
    from: tenth(moved.from - fault),
    to: tenth(moved.to - fault),
  });
  const after = marks
    .map(mark => ({ ...mark, at: tenth(mark.at - report.origin - fault) }))
    .filter(({ at }) => at >= 0);
  const inBuckets = (times: readonly number[]) =>
    buckets(
      times.map(time => time - fault),
      span,
      BUCKET,
    );
  return {
    ...span,
    bucket: BUCKET,
    lanes: report.lanes.map(({ name, calls }) => ({
      name,
      acknowledged: inBuckets(acknowledged(calls)),
      failed: inBuckets(calls.filter(([, , outcome]) => outcome === 'failed').map(([, done]) => done)),
      gap: shift(longestGap(calls, fault, end)),
    })),
    members: report.members.map((changes, ordinal) =>
      withoutStaleNames(
        statesOf(changes, end).map(shift),
        after.filter(mark => mark.ordinal === ordinal && mark.kind === 'ready').map(({ at }) => at),
      ),
    ),
    marks: after,
  };
}

const tenth = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;
