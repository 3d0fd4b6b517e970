import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Outcome } from './result.ts';

const SUFFIX = '.outcome.json';

/** Every outcome in a directory, of whatever run; none when there is no such directory. Throws on broken JSON. */
export async function readOutcomes(directory: string): Promise<Outcome[]> {
  const names = await readdir(directory).catch(() => []);
  const files = names.filter(name => name.endsWith(SUFFIX)).sort();
  return Promise.all(
    files.map(async name => JSON.parse(await readFile(join(directory, name), 'utf8')) as Outcome),
  );
}

/** Writes one outcome in the place of the same scenario's and contender's former one. */
export async function writeOutcome(directory: string, outcome: Outcome): Promise<void> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, `${outcome.scenario}.${outcome.contender}${SUFFIX}`);
  await writeFile(`${file}.part`, `${JSON.stringify(outcome)}\n`);
  await rename(`${file}.part`, file);
}
