// `npm run test:faults -- [--repeat N] [--only REGEXP] [--seed N] [--more] [--minutes N]`: every fault of the fault suite
// on the cluster, with a table of figures (median / worst) at the end and the same as JSON in results/faults.json.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { exitCodeOf, runTier } from '../tier.ts';
import { readLines, readResults } from './result.ts';
import { faultTable } from './table.ts';

const { values } = parseArgs({
  options: {
    repeat: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    more: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
for (const name of ['repeat', 'seed', 'minutes'] as const) {
  if (!/^[1-9][0-9]*$/.test(values[name]))
    throw new Error(`--${name} is ${values[name]}: give a whole number`);
}
const directory = join(dirname(dirname(import.meta.dirname)), 'results');
const lines = join(directory, 'faults.jsonl');
const json = join(directory, 'faults.json');
await mkdir(directory, { recursive: true });
const former = values.more && existsSync(json) ? readResults(await readFile(json, 'utf8')) : [];
await writeFile(lines, former.map(result => `${JSON.stringify(result)}\n`).join(''));
process.env.FAULTS_RESULTS = lines;
process.env.FAULTS_UNTIL = String(Date.now() + Number(values.minutes) * 60_000);
process.env.FAULTS_ONLY = values.only;
process.env.FAULTS_REPEAT = values.repeat;
process.env.FAULTS_SEED = values.seed;

const { passed, failed, skipped, interrupted } = await runTier('faults', []);
const results = readLines(await readFile(lines, 'utf8'));
await rm(lines, { force: true });
await writeFile(json, `${JSON.stringify({ seed: Number(values.seed), results }, undefined, 2)}\n`);
console.log(`\n${faultTable(results)}\n`);
console.log(
  `${passed} passed, ${failed} failed, ${skipped} skipped; seed ${values.seed} (--seed ${values.seed} runs the same again); ${json}`,
);
process.exitCode = interrupted === undefined ? Math.min(failed, 1) : exitCodeOf(interrupted);
