import type { FaultResult } from './result.ts';

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;

/** Median and worst; one number where there is one run, and a dash where there is none to tell. */
function spread(values: readonly number[]): string {
  if (values.length === 0) return '–';
  return values.length === 1 ? String(values[0]) : `${median(values)} / ${Math.max(...values)}`;
}

/** One line per fault with its figures over all runs, as a table for the terminal. */
export function faultTable(results: readonly FaultResult[]): string {
  const names = [...new Set(results.map(({ name }) => name))];
  const rows = [['fault', 'runs', 'gap ms', 'gap by Service ms', 'failed', 'unknown', 'recovery ms']];
  for (const name of names) {
    const runs = results.filter(result => result.name === name);
    const figures = (['longestGap', 'longestGapByService', 'failed', 'unknown', 'recovery'] as const).map(
      figure => spread(runs.flatMap(result => result[figure] ?? [])),
    );
    rows.push([`${runs[0]?.class}: ${name}`, String(runs.length), ...figures]);
  }
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows
    .map(row =>
      row
        .map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0)))
        .join('  '),
    )
    .join('\n');
}
