// What a refusal says, as choices that do not go together.
import type { Axis, Row } from './axes.ts';
import type { Choice } from './pairs.ts';

/** Returns the complaints in what Helm printed: those of validate.yaml, or those of the schema. */
export function complaintsIn(stderr: string): string[] {
  return stderr
    .split('\n')
    .filter(line => line.startsWith('- '))
    .map(line => line.slice(2).replace(/^at '\/([^']*)'/, (_, path: string) => path.replaceAll('/', '.')));
}

/**
 * Returns the choices of `row` that a complaint is about: the key it begins with, and every other key that it
 * names. Throws when it begins with no key of the chart.
 */
export function choicesIn(complaint: string, row: Row, axes: readonly Axis[]): Choice[] {
  const key = /^[\w.[\]-]+/.exec(complaint)?.[0] ?? '';
  const choices = axes.flatMap(({ name }, axis) => {
    const level = row[axis] ?? 0;
    // A complaint about a map is about what was set in it.
    const named = mentions(complaint, name) || (name.startsWith(`${key}.`) && level !== 0);
    return named ? [{ axis, level }] : [];
  });
  const begins = ({ name }: Axis): boolean =>
    key === name || key.startsWith(`${name}.`) || key.startsWith(`${name}[`) || name.startsWith(`${key}.`);
  if (!axes.some(begins)) throw new Error(`The refusal "${complaint}" begins with no key of the values`);
  return choices;
}

/** `extraArgs.name` and `extraVolumes[0]` name the settings extraArgs and extraVolumes; `servicePort` no `service`. */
function mentions(complaint: string, name: string): boolean {
  const words = name.replaceAll('.', '\\.');
  return new RegExp(`(?<![\\w.-])${words}(?![\\w-])`).test(complaint);
}
