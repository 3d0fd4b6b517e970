import { expect, test } from 'vitest';
import { countsOf } from '../../scripts/tier.ts';

const report = { numPassedTests: 3, numFailedTests: 1, numPendingTests: 1, numTodoTests: 1, testResults: [] };

test('skipped are the pending and the unwritten', () => {
  expect(countsOf(report)).toEqual({ passed: 3, failed: 1, skipped: 2 });
});

test('a file that fails outside its tests counts as one failure, one with a failed test not again', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [{ status: 'skipped' }] },
    { status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] },
    { status: 'passed', assertionResults: [{ status: 'passed' }] },
  ];
  expect(countsOf({ ...report, testResults }).failed).toBe(3);
});
