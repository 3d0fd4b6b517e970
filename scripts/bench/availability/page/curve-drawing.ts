import { type Figure, median } from '../result.ts';
import { inUnit } from '../table.ts';
import { coordinate, escapeText, label, rule, ticks } from './markup.ts';

const WIDTH = 1000;
const HEIGHT = 220;
const LEFT = 70;
const RIGHT = 60;
const TOP = 24;
const AXIS = 24;

export interface CurvePoint {
  title: string;
  values: readonly number[];
}

/** Values over steps of equal width, each a dot, a line through the medians. Steps without a value stay empty. */
export function drawCurve(points: readonly CurvePoint[], unit: Figure['unit'], title: string): string {
  const bottom = HEIGHT - AXIS;
  const most = Math.max(...points.flatMap(({ values }) => [...values])) * 1.05 || 1;
  const x = (n: number): number => LEFT + ((n + 0.5) / points.length) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => bottom - (value / most) * (bottom - TOP);
  const grid = ticks(0, most, 5).flatMap(tick => [
    rule('grid', [LEFT, y(tick), WIDTH - RIGHT, y(tick)]),
    label('row', LEFT - 8, y(tick) + 4, `${tick} ${unit}`),
  ]);
  const known = points.flatMap(({ values }, n) => (values.length > 0 ? [{ n, middle: median(values) }] : []));
  const line = known.map(({ n, middle }) => `${coordinate(x(n))},${coordinate(y(middle))}`).join(' ');
  const dots = points.flatMap((point, n) =>
    point.values.map(
      value =>
        `<circle class="dot row-0" cx="${coordinate(x(n))}" cy="${coordinate(y(value))}" r="5"><title>${escapeText(`${point.title}: ${inUnit(value, unit)}`)}</title></circle>`,
    ),
  );
  const names = [
    ...points.map((point, n) => label('tick', x(n), bottom + 16, point.title)),
    ...known.map(({ n, middle }) => label('length', x(n), y(middle) - 10, inUnit(middle, unit))),
  ];
  return `<svg class="curve" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeText(title)}">${grid.join('')}<polyline class="line" points="${line}"/>${dots.join('')}${names.join('')}</svg>`;
}
