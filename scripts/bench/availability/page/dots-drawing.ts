import { type Figure, median } from '../result.ts';
import { inUnit } from '../table.ts';
import { coordinate, escapeText, label, rule, ticks } from './markup.ts';

const WIDTH = 1000;
const LEFT = 140;
const RIGHT = 30;
const ROW = 22;
const AXIS = 22;

export interface DotsRow {
  title: string;
  values: readonly number[];
}

/** Every round's value as a dot, a row for each contender, a bar at its median; `limits` are lines across. */
export function drawDots(figure: Figure, rows: readonly DotsRow[], limits: readonly number[]): string {
  const most = Math.max(...rows.flatMap(({ values }) => [...values]), ...limits) * 1.05 || 1;
  const x = (value: number): number => LEFT + (value / most) * (WIDTH - LEFT - RIGHT);
  const axis = rows.length * ROW + 4;
  const parts = ticks(0, most, 8).flatMap(tick => [
    rule('grid', [x(tick), 0, x(tick), axis]),
    label('tick', x(tick), axis + 15, tick === 0 ? '0' : `${tick} ${figure.unit}`),
  ]);
  for (const [n, { title, values }] of rows.entries()) {
    const y = n * ROW + ROW / 2 + 2;
    parts.push(label('row', LEFT - 8, y + 4, title));
    if (values.length === 0) continue;
    parts.push(rule('median', [x(median(values)), y - 8, x(median(values)), y + 8]));
    for (const value of values) {
      const words = escapeText(`${title}: ${inUnit(value, figure.unit)}`);
      parts.push(
        `<circle class="dot row-${n}" cx="${coordinate(x(value))}" cy="${coordinate(y)}" r="4.5"><title>${words}</title></circle>`,
      );
    }
  }
  for (const limit of limits) parts.push(rule('limit', [x(limit), 0, x(limit), axis]));
  return `<svg class="dots" viewBox="0 0 ${WIDTH} ${axis + AXIS}" role="img" aria-label="${escapeText(`${figure.title}, every round`)}">${parts.join('')}</svg>`;
}
