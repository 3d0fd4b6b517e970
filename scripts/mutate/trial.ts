// One mutant, shown to the tests: the quickest first.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartDirectory } from '../../test/support/project.ts';
import { temporaryChart } from '../../test/support/temporary-chart.ts';
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

/** Returns whether some render test notices the mutant, and which. */
export async function fateOf(
  mutant: Mutant,
  { goldens, suite }: { goldens: Goldens; suite: Suite },
): Promise<Fate> {
  const { file, text } = mutant;
  await using chart = await temporaryChart({ [file]: text }, { from: chartDirectory });
  const isSchema = file === 'values.schema.json';
  if (!isSchema) {
    const by = await goldens.difference(chart.directory, file);
    const [line] = by?.split('\n') ?? [];
    if (line !== undefined) return { fate: by?.includes('parse error') ? 'no chart' : 'killed', by: line };
  }
  // The schema's own table in process takes a third of what Helm takes.
  const first = isSchema
    ? await suite.failure(chart.directory, [`${folder}/schema.test.ts`], /Ajv|the schema/)
    : undefined;
  const by = first ?? (await suite.failure(chart.directory, testFiles(mutant)));
  return by === undefined ? { fate: 'survived' } : { fate: 'killed', by };
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
