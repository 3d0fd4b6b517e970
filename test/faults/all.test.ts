// `npm run test:faults`: every fault whose name or class matches, as often as asked for.
import { expect, test } from 'vitest';
import { faults } from '../cluster/faults/faults.ts';
import { runFault } from '../cluster/faults/runner.ts';

const { FAULTS_ONLY = '', FAULTS_REPEAT = '1', FAULTS_SEED = '1' } = process.env;
const wanted = new RegExp(FAULTS_ONLY, 'i');
const chosen = faults.filter(fault => wanted.test(`${fault.class}: ${fault.name}`));

test(`there are faults that match ${wanted}`, () => {
  expect(chosen.length).toBeGreaterThan(0);
});

for (let round = 0; round < Number(FAULTS_REPEAT); round += 1) {
  const seed = Number(FAULTS_SEED) + round;
  for (const fault of chosen) {
    test(`${fault.class}: ${fault.name} (seed ${seed})`, async () => {
      expect((await runFault(fault, seed)).acknowledged).toBeGreaterThan(0);
    });
  }
}
