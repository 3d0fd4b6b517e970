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
  const choices = axes.flatMap(({ name }, axis) =>
    mentions(complaint, name) ? [{ axis, level: row[axis] ?? 0 }] : [],
  );
  const key = /^[\w.[\]-]+/.exec(complaint)?.[0] ?? '';
  if (!axes.some(({ name }) => key === name || key.startsWith(`${name}.`) || key.startsWith(`${name}[`)))
    throw new Error(`The refusal "${complaint}" begins with no key of the values`);
  return choices;
}

/** `extraArgs.name` and `extraVolumes[0]` name the settings extraArgs and extraVolumes; `servicePort` no `service`. */
function mentions(complaint: string, name: string): boolean {
  const words = name.replaceAll('.', '\\.');
  return new RegExp(`(?<![\\w.-])${words}(?![\\w-])`).test(complaint);
}
