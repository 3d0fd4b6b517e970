import type { LaneTimeline, Mark, MemberSpan, Timeline } from '../timeline.ts';
import { box, coordinate, escapeText, label, rule, ticks } from './markup.ts';

const WIDTH = 1000;
const LEFT = 116;
const RIGHT = 12;
const LANE = 34;
const MEMBER = 18;
const BETWEEN = 8;
const AXIS = 24;
/** Milliseconds between two writes of one lane. */
const WRITE_EVERY = 10;

const laneTitles = { members: 'by members', service: 'by Service' } as const;
const stateTitles: Record<MemberSpan['state'], string> = {
  leads: 'leads',
  follows: 'follows',
  learns: 'is a learner',
  silent: 'does not answer',
  stale: 'is Ready, its name leads to the old address',
};
const markTitles: Record<Mark['kind'], string> = {
  deleted: 'told to stop',
  gone: 'gone',
  created: 'created',
  scheduled: 'scheduled',
  ready: 'Ready',
  unready: 'not Ready',
};

/**
 * A timeline as SVG: acknowledged writes of both lanes with the longest gap, what each member was, and what
 * Kubernetes did to its pod. `title` is read out in its place; members are named by `nameOf` their ordinal.
 */
export function drawTimeline(timeline: Timeline, title: string, nameOf: (ordinal: number) => string): string {
  const { from, to } = timeline;
  const x = (at: number): number =>
    LEFT + ((Math.min(Math.max(at, from), to) - from) / (to - from)) * (WIDTH - LEFT - RIGHT);
  const parts: string[] = [];
  let y = 4;
  for (const lane of timeline.lanes) {
    parts.push(...drawLane(lane, timeline, x, y));
    y += LANE + BETWEEN;
  }
  for (const [ordinal, spans] of timeline.members.entries()) {
    const marks = timeline.marks.filter(mark => mark.ordinal === ordinal);
    if (spans.length === 0 && marks.length === 0) continue;
    parts.push(...drawMember(nameOf(ordinal), spans, marks, x, y));
    y += MEMBER + BETWEEN;
  }
  const axis = y;
  for (const tick of ticks(from, to, 10)) {
    parts.push(rule('grid', [x(tick), 0, x(tick), axis]));
    parts.push(label('tick', x(tick), axis + 15, `${tick / 1000} s`));
  }
  parts.push(rule('fault', [x(0), 0, x(0), axis]));
  return [
    `<svg class="timeline" viewBox="0 0 ${WIDTH} ${axis + AXIS}" role="img" aria-label="${escapeText(title)}">`,
    ...parts,
    '</svg>',
  ].join('');
}

type Scale = (at: number) => number;

function drawLane(lane: LaneTimeline, { from, bucket }: Timeline, x: Scale, y: number): string[] {
  // Twice the load at rest: what was held up comes all at once, and would flatten everything else.
  const most = (2 * bucket) / WRITE_EVERY;
  const bottom = y + LANE;
  const bars = (counts: readonly number[]): string =>
    counts
      .map((count, n) => {
        if (count === 0) return '';
        const left = x(from + n * bucket);
        const width = x(from + (n + 1) * bucket) - left;
        const height = Math.max(2, (LANE * Math.min(count, most)) / most);
        return `M${coordinate(left)} ${coordinate(bottom)}v${coordinate(-height)}h${coordinate(width)}V${coordinate(bottom)}z`;
      })
      .join('');
  const { gap } = lane;
  const length = `${Math.round(gap.to - gap.from)} ms`;
  const words = `longest gap ${laneTitles[lane.name]}: ${length}, from ${Math.round(gap.from)} ms to ${Math.round(gap.to)} ms`;
  const middle = (x(gap.from) + x(gap.to)) / 2;
  const fits = x(gap.to) - x(gap.from) > 60;
  return [
    label('row', LEFT - 8, y + LANE / 2 + 4, laneTitles[lane.name]),
    box('empty', [LEFT, y, WIDTH - LEFT - RIGHT, LANE]),
    `<path class="acknowledged" d="${bars(lane.acknowledged)}"/>`,
    `<path class="failed" d="${bars(lane.failed)}"/>`,
    box('gap', [x(gap.from), y, Math.max(1.5, x(gap.to) - x(gap.from)), LANE], words),
    fits ? label('length', middle, y + LANE / 2 + 4, length) : '',
  ];
}

function drawMember(
  name: string,
  spans: readonly MemberSpan[],
  marks: readonly Mark[],
  x: Scale,
  y: number,
): string[] {
  return [
    label('row', LEFT - 8, y + MEMBER / 2 + 4, name),
    ...spans
      .filter(({ from, to }) => x(to) > x(from))
      .map(({ from, to, state }) =>
        box(
          state,
          [x(from), y, x(to) - x(from), MEMBER],
          `${name} ${stateTitles[state]}, ${Math.round(from)} to ${Math.round(to)} ms`,
        ),
      ),
    ...marks.map(
      ({ at, kind }) =>
        `<path class="mark ${kind}" d="${shapeOf(kind, x(at), y + MEMBER / 2)}"><title>${escapeText(`${name} ${markTitles[kind]} at ${Math.round(at)} ms`)}</title></path>`,
    ),
  ];
}

/** The outline of a mark: what ends points down or is crossed out, what begins points up or is a plus. */
export function shapeOf(kind: Mark['kind'], x: number, y: number): string {
  return `M${coordinate(x)} ${coordinate(y)}${outlines[kind]}`;
}

const outlines: Record<Mark['kind'], string> = {
  deleted: 'm-5-5h10l-5 10z',
  gone: 'm-5-3l2-2 3 3 3-3 2 2-3 3 3 3-2 2-3-3-3 3-2-2 3-3z',
  created: 'm-1.5-5h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5v-3h3.5z',
  scheduled: 'm0-5l5 5-5 5-5-5z',
  ready: 'm-5 5h10l-5-10z',
  unready: 'm-5-1.5h10v3h-10z',
};

/** What the marks look like, with their names; for a legend. */
export const legendOfMarks: readonly { kind: Mark['kind']; title: string }[] = (
  ['deleted', 'gone', 'created', 'scheduled', 'ready', 'unready'] as const
).map(kind => ({ kind, title: markTitles[kind] }));

/** The members' states with their names; for a legend. */
export const legendOfStates: readonly { state: MemberSpan['state']; title: string }[] = (
  ['leads', 'follows', 'learns', 'silent', 'stale'] as const
).map(state => ({ state, title: stateTitles[state] }));
