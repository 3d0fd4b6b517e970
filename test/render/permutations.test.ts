// The product of the chart's settings, pairwise: each row by Helm 3 and Helm 4 for three releases of Kubernetes.
// A new key of the schema takes part by itself.
import { beforeAll, expect, test } from 'vitest';
import { type Coverage, coverPairs, describeFlaws, missedLevels } from '../support/axes/coverage.ts';
import { quick } from '../support/quick.ts';

let coverage: Coverage;

beforeAll(async () => {
  coverage = await coverPairs({ quick });
  const { pairs, refused, rows, renders, seconds } = coverage;
  console.log(
    `${pairs} pairs of settings, ${refused} of them refused, in ${rows.length} rows: ${renders} renders in ${seconds.toFixed(1)} s, ${(renders / seconds).toFixed(1)} a second`,
  );
}, 600_000);

test('every two settings render together, or are refused', async () => {
  expect(coverage.rows.length).toBeGreaterThan(5);
  // A complaint that says too little would forbid more than it should.
  expect(coverage.refused / coverage.pairs).toBeLessThan(0.05);
  if (coverage.flaws.length > 0) expect.fail(await describeFlaws(coverage.flaws));
}, 600_000);

test('every setting is rendered with each of its values', () => {
  expect(missedLevels(coverage.axes, coverage.rows)).toEqual([]);
});

test('every setting has another value than its default', () => {
  // One that has not: give it a value in `permutations` (test/support/permutations.ts), or in a file of values/.
  expect(coverage.axes.filter(({ levels }) => levels.length < 2).map(({ name }) => name)).toEqual([]);
});
