// One mutant, shown to the tests: the quickest first.
import { readdirSync, readFileSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chartDirectory } from '../../test/support/project.ts';
import { complaintsBy } from '../../test/support/values.ts';
import { missedRefusals, refused } from '../../test/support/wrong-values.ts';
import type { Goldens } from './goldens.ts';
import type { Mutant } from './mutant.ts';
import type { Suite } from './suite.ts';

/** What became of a mutant. */
export interface Fate {
  readonly fate: 'killed' | 'survived' | 'no chart';
  /** The test that noticed. */
  readonly by?: string;
}

const folder = 'test/render';
/** Tests of documents, and of what the goldens show already. */
const elsewhere = ['docs', 'effects', 'golden', 'permutations'];

/** Returns whether some render test notices the mutant in `copy`, a copy of the chart, and which. */
export async function fateOf(
  mutant: Mutant,
  { copy, goldens, suite }: { copy: string; goldens: Goldens; suite: Suite },
): Promise<Fate> {
  const { file, text } = mutant;
  await writeFile(join(copy, file), text);
  await using _restored = { [Symbol.asyncDispose]: () => cp(join(chartDirectory, file), join(copy, file)) };
  const isSchema = file === 'values.schema.json';
  if (!isSchema) {
    const by = await goldens.difference(copy, file);
    const [line] = by?.split('\n') ?? [];
    if (line !== undefined) return { fate: by?.includes('parse error') ? 'no chart' : 'killed', by: line };
  }
  const by = (isSchema ? nowTaken(text) : undefined) ?? (await suite.failure(copy, testFiles(mutant)));
  return by === undefined ? { fate: 'survived' } : { fate: 'killed', by };
}

/** Returns the first of the wrong values that a schema takes, as schema.test.ts would: it is asked without vitest. */
function nowTaken(schema: string): string | undefined {
  try {
    const [missed] = missedRefusals(complaintsBy(JSON.parse(schema)), refused);
    return missed === undefined ? undefined : `wrong value ${missed[0]}: ${JSON.stringify(missed[1])}`;
  } catch (error) {
    // Ajv is strict about schemas.
    return String(error);
  }
}

/** Returns the test files that may notice, those that share most words with the mutant first. */
function testFiles({ file, what, place }: Mutant): string[] {
  const words = new Set([...`${what} ${file} ${place}`.matchAll(/[A-Za-z]{4,}/g)].map(([word]) => word));
  const isRule = /validate/.test(file);
  return readdirSync(folder)
    .filter(name => name.endsWith('.test.ts') && !elsewhere.includes(name.replace('.test.ts', '')))
    .map(name => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
    .map(({ name, text }) => {
      const refuses = isRule && /\brefus(al|ed)\b/.test(text) ? words.size : 0;
      return { name, score: refuses + [...words].filter(word => text.includes(word)).length };
    })
    .sort((one, other) => other.score - one.score)
    .map(({ name }) => `${folder}/${name}`);
}
