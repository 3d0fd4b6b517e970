/** Text as it may stand in HTML, also inside of a quoted attribute. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}

/** An SVG coordinate: a tenth of a pixel is fine enough. */
export const coordinate = (value: number): string => String(Math.round(value * 10) / 10);

/** Round numbers from `from` to `to`, both included where they are round, `most` at most. */
export function ticks(from: number, to: number, most: number): number[] {
  const rough = Math.max((to - from) / most, Number.MIN_VALUE);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(step => step >= rough) ?? rough;
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) =>
    Number(((first + n) * step).toPrecision(12)),
  );
}

/** `<rect>` with a class and a title that shows when one points at it. */
export function box(
  className: string,
  [x, y, width, height]: readonly [number, number, number, number],
  title = '',
): string {
  const place = `x="${coordinate(x)}" y="${coordinate(y)}" width="${coordinate(width)}" height="${coordinate(height)}"`;
  const open = `<rect class="${className}" ${place}`;
  return title === '' ? `${open}/>` : `${open}><title>${escapeText(title)}</title></rect>`;
}

/** `<text>` with a class. */
export function label(className: string, x: number, y: number, text: string): string {
  return `<text class="${className}" x="${coordinate(x)}" y="${coordinate(y)}">${escapeText(text)}</text>`;
}

/** `<line>` with a class. */
export function rule(className: string, [x1, y1, x2, y2]: readonly [number, number, number, number]): string {
  return `<line class="${className}" x1="${coordinate(x1)}" y1="${coordinate(y1)}" x2="${coordinate(x2)}" y2="${coordinate(y2)}"/>`;
}
