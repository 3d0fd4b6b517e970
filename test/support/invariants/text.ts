// What Helm printed, before anybody reads it as objects.
import type { Json } from '../json.ts';
import type { Invariant } from './invariant.ts';

/** Returns where in `node` there is a null. */
function nulls(node: Json, path = ''): string[] {
  if (node === null) return [path];
  if (typeof node !== 'object') return [];
  return Object.entries(node).flatMap(([key, inner]) => nulls(inner as Json, `${path}/${key}`));
}

const untidy: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['empty lines in a row', /\n{3,}/],
  ['a tab', /\t/],
  ['a space at the end of a line', /\S[ ]+$/m],
];
const leftovers: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a line of spaces', /^[ ]+$/m],
  ['a leftover of a template', /<no value>|<nil>|map\[|%!|e\+\d\d|\{\{/],
];

export const textInvariants: readonly Invariant[] = [
  {
    name: 'there is no null',
    complaints: ({ rendered }) =>
      rendered.manifests.flatMap(({ kind, name, object }) =>
        nulls(object as unknown as Json).map(path => `${kind}/${name}: ${path}`),
      ),
  },
  {
    name: 'the output is tidy, and nothing in it is a leftover of a template',
    complaints: ({ rendered }) =>
      rendered.text.split(/^---\n/m).flatMap(document => {
        // A script may say what it wants, and Helm's functions indent its blank lines.
        const rules = document.includes('kind: ConfigMap') ? untidy : [...untidy, ...leftovers];
        const source = /^# Source: (.+)$/m.exec(document)?.[1];
        return rules.flatMap(([what, pattern]) => {
          const found = pattern.exec(document)?.[0];
          return found === undefined ? [] : [`${source}: ${what}: ${JSON.stringify(found)}`];
        });
      }),
  },
];
