// Small mistakes in the templates and the schema, one at a time.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The chart with one mistake. */
export interface Mutant {
  /** Path inside the chart: `templates/role.yaml`. */
  readonly file: string;
  /** Number of the line, from 1; for the schema the path of the rule. */
  readonly place: string;
  /** What was done: `takes out "…"`. */
  readonly what: string;
  /** The file with the mistake in it. */
  readonly text: string;
}

/** Returns every mutant of the chart in `directory`, file by file. */
export function mutants(directory: string): Mutant[] {
  const templates = readdirSync(join(directory, 'templates')).sort();
  const read = (file: string): string => readFileSync(join(directory, file), 'utf8');
  return [
    ...templates.flatMap(name => templateMutants(`templates/${name}`, read(`templates/${name}`))),
    ...schemaMutants('values.schema.json', JSON.parse(read('values.schema.json'))),
  ];
}

type Change = readonly [what: string, line: string];

/** Returns the mutants of one template: each line taken out, each condition turned, each word replaced. */
export function templateMutants(file: string, text: string): Mutant[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) =>
    changes(line, /validate|NOTES/.test(file)).map(([what, changed]) => ({
      file,
      place: String(index + 1),
      what,
      text: lines.with(index, changed).join('\n'),
    })),
  );
}

/** In prose, words such as `true` and `and` decide nothing: there only the actions are changed. */
function changes(line: string, isProse: boolean): Change[] {
  const trimmed = line.trim();
  // Comments, definitions and ends of blocks decide nothing by themselves.
  if (trimmed === '' || /^(#|\{\{-? ?\/\*|\{\{-? *(define|end)\b)/.test(trimmed)) return [];
  const turned: [string, RegExp, string][] = [
    ['turns the condition', /\{\{(-?) *(else )?if (.+?) ?(-?)\}\}/, '{{$1 $2if not ($3) $4}}'],
    ['never enters', /\{\{(-?) *with (.+?) ?(-?)\}\}/, '{{$1 with "" $3}}'],
    ['never repeats', /\{\{(-?) *range (.*?:= )?(.+?) ?(-?)\}\}/, '{{$1 range $2list $4}}'],
    ['turns eq', /(?<=\{\{[^}]*)\beq /, 'ne '],
    ['turns ne', /(?<=\{\{[^}]*)\bne /, 'eq '],
    ['turns gt', /(?<=\{\{[^}]*)\bgt /, 'lt '],
    ['turns lt', /(?<=\{\{[^}]*)\blt /, 'gt '],
    ['takes and for or', /(?<=(?:\(|\{-? ?)(?:else )?(?:if |with )?)and /, 'or '],
    ['takes or for and', /(?<=(?:\(|\{-? ?)(?:else )?(?:if |with )?)or /, 'and '],
  ];
  const yaml: [string, RegExp, string][] = [
    ['turns true', /\btrue\b/, 'false'],
    ['turns false', /\bfalse\b/, 'true'],
    ['misspells a port', /(?<=[pP]ort: )([a-z]+)\b/, '$1x'],
    ['moves a number', /(?<=[: ])(\d+)(?=$|[,}])/, '1$1'],
  ];
  const applied = [...turned, ...(isProse ? [] : yaml)]
    .filter(([, pattern]) => pattern.test(line))
    .map(([what, pattern, by]): Change => [`${what}: ${trimmed}`, line.replace(pattern, by)]);
  // Without its first line a block has no end.
  const opens = /\{\{-? *(if|with|range|else)\b/.test(line) && !/\bend *-?\}\}/.test(line);
  return opens ? applied : [[`takes out: ${trimmed}`, ''], ...applied];
}

type Node = { readonly [key: string]: unknown };

const rules = [
  'additionalProperties',
  'enum',
  'maxItems',
  'maxLength',
  'maximum',
  'minItems',
  'minLength',
  'minimum',
  'pattern',
  'required',
  'type',
  'uniqueItems',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'const',
  'dependencies',
];

/** Returns the mutants of the schema: each rule taken out. */
export function schemaMutants(file: string, schema: Node): Mutant[] {
  const found: Mutant[] = [];
  const visit = (node: unknown, path: readonly string[], names: boolean): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, inner] of Object.entries(node)) {
      const here = [...path, key];
      if (!names && rules.includes(key) && inner !== true)
        found.push({
          file,
          place: path.join('.') || '(root)',
          what: `takes out ${key}: ${JSON.stringify(inner).slice(0, 80)}`,
          text: JSON.stringify(without(schema, here)),
        });
      // Below these the keys are names, and no rules.
      visit(inner, here, !names && ['properties', 'patternProperties', 'definitions'].includes(key));
    }
  };
  visit(schema, [], false);
  return found;
}

function without(node: unknown, [first, ...rest]: readonly string[]): unknown {
  if (Array.isArray(node))
    return node.map((item, index) => (String(index) === first ? without(item, rest) : item));
  if (typeof node !== 'object' || node === null || first === undefined) return node;
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, inner]) => {
      if (key !== first) return [[key, inner]];
      return rest.length === 0 ? [] : [[key, without(inner, rest)]];
    }),
  );
}
