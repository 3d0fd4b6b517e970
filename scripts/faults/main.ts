// `npm run test:faults -- [--repeat N] [--only REGEXP] [--seed N]`: every fault of the fault suite on the cluster,
// with a table of figures (median / worst) at the end and the same as JSON in results/faults.json.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { exitCodeOf, runTier } from '../tier.ts';
import type { FaultResult } from './result.ts';
import { faultTable } from './table.ts';

const { values } = parseArgs({
  options: {
    repeat: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
for (const name of ['repeat', 'seed'] as const) {
  if (!/^[1-9][0-9]*$/.test(values[name]))
    throw new Error(`--${name} is ${values[name]}: give a whole number`);
}
const directory = join(dirname(dirname(import.meta.dirname)), 'results');
const lines = join(directory, 'faults.jsonl');
const json = join(directory, 'faults.json');
await mkdir(directory, { recursive: true });
await rm(lines, { force: true });
process.env.FAULTS_RESULTS = lines;
process.env.FAULTS_ONLY = values.only;
process.env.FAULTS_REPEAT = values.repeat;
process.env.FAULTS_SEED = values.seed;

const { passed, failed, interrupted } = await runTier('faults', []);
const written = existsSync(lines) ? await readFile(lines, 'utf8') : '';
const results = written
  .split('\n')
  .filter(Boolean)
  .map(line => JSON.parse(line) as FaultResult);
await rm(lines, { force: true });
await writeFile(json, `${JSON.stringify({ seed: Number(values.seed), results }, undefined, 2)}\n`);
console.log(`\n${faultTable(results)}\n`);
console.log(
  `${passed} passed, ${failed} failed; seed ${values.seed} (--seed ${values.seed} runs the same again); ${json}`,
);
process.exitCode = interrupted === undefined ? Math.min(failed, 1) : exitCodeOf(interrupted);
