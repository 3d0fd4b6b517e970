// `npm run test:faults`: every fault whose name or class matches, as often as asked for; with figures of former runs at
// hand the one with the fewest of them first.
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formerRuns, readLines } from '../../scripts/faults/result.ts';
import { faults } from '../cluster/faults/faults.ts';
import { runFault } from '../cluster/faults/runner.ts';

const { FAULTS_ONLY = '', FAULTS_REPEAT = '1', FAULTS_SEED = '1' } = process.env;
const { FAULTS_RESULTS: file = '', FAULTS_UNTIL = 'Infinity' } = process.env;
/** A fault of which nothing is known yet may take so many seconds. */
const UNKNOWN = 180;

const wanted = new RegExp(FAULTS_ONLY, 'i');
const former = existsSync(file) ? readLines(readFileSync(file, 'utf8')) : [];
const chosen = faults
  .filter(fault => wanted.test(`${fault.class}: ${fault.name}`))
  .map(fault => ({ fault, ...formerRuns(former, fault.name) }))
  .sort((a, b) => a.runs - b.runs);

test(`there are faults that match ${wanted}`, () => {
  expect(chosen.length).toBeGreaterThan(0);
});

for (let round = 0; round < Number(FAULTS_REPEAT); round += 1) {
  const seed = Number(FAULTS_SEED) + round;
  for (const { fault, seconds } of chosen) {
    test(`${fault.class}: ${fault.name} (seed ${seed})`, async ({ skip }) => {
      const left = Math.round((Number(FAULTS_UNTIL) - Date.now()) / 1000);
      const takes = seconds || UNKNOWN;
      skip(takes > left, `it takes some ${takes} s, and the time is over in ${left} s`);
      expect((await runFault(fault, seed)).acknowledged).toBeGreaterThan(0);
    });
  }
}
