// One fault of each class, under a recorded workload and its judge; `npm run test:faults` runs all of them.
import { expect, test } from 'vitest';
import { faults } from './faults/faults.ts';
import { runFault } from './faults/runner.ts';

const representatives = faults.filter(({ representative }) => representative);

test('each class has one representative', () => {
  const classes = [...new Set(faults.map(fault => fault.class))];
  expect(representatives.map(fault => fault.class)).toEqual(classes);
});

for (const fault of representatives) {
  test(`${fault.class}: ${fault.name}`, async () => {
    expect((await runFault(fault, 1)).acknowledged).toBeGreaterThan(0);
  });
}
