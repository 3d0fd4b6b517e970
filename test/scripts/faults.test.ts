import { expect, test } from 'vitest';
import { type FaultResult, formerRuns, readLines } from '../../scripts/faults/result.ts';
import { faultTable } from '../../scripts/faults/table.ts';
import { randomFrom } from '../../scripts/random.ts';

const run = (name: string, longestGap: number, changes: Partial<FaultResult> = {}): FaultResult => ({
  name,
  class: 'process',
  seed: 1,
  acknowledged: 100,
  failed: 2,
  unknown: 0,
  longestGap,
  longestGapByService: longestGap + 1,
  recovery: 1000,
  seconds: 20,
  ...changes,
});

test('the table has the median and the worst of all runs of a fault, and one number where there is one run', () => {
  const results = [run('kill', 10), run('kill', 900), run('kill', 30), run('stop', 7, { failed: 3 })];
  const lines = faultTable(results)
    .split('\n')
    .map(line => line.trim().split(/ {2,}/));
  expect(lines).toEqual([
    ['fault', 'runs', 'gap ms', 'gap by Service ms', 'failed', 'unknown', 'recovery ms'],
    ['process: kill', '3', '30 / 900', '31 / 901', '2 / 2', '0 / 0', '1000 / 1000'],
    ['process: stop', '1', '7', '8', '3', '0', '1000'],
  ]);
});

test('a seed gives the same moments again, another seed others', () => {
  const moments = (seed: number): number[] => {
    const next = randomFrom(seed);
    return [next(), next(), next()];
  };
  expect(moments(7)).toEqual(moments(7));
  const all = [0, 1, 2, 3].flatMap(moments);
  expect(new Set(all).size).toBe(all.length);
  expect(all.every(moment => moment >= 0 && moment < 1)).toBe(true);
});

test('former runs of a fault are counted, and the longest of them tells how long it takes', () => {
  const lines = [run('kill', 10), run('kill', 20, { seconds: 31 }), run('stop', 7)].map(result =>
    JSON.stringify(result),
  );
  const results = readLines(`${lines.join('\n')}\n`);
  expect(formerRuns(results, 'kill')).toEqual({ runs: 2, seconds: 31 });
  expect(formerRuns(results, 'freeze')).toEqual({ runs: 0, seconds: 0 });
});
