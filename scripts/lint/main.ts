// The lint tier: every check runs, also after one that failed. Argument: the file that gets the counts.
import { writeFile } from 'node:fs/promises';
import type { CountsFile } from '../tier.ts';
import type { Check } from './check.ts';
import { checks } from './checks.ts';

const countsFile = process.argv[2];
if (countsFile === undefined) throw new Error('lint: the name of the counts file is missing');

const failures: string[] = [];
let passed = 0;
for (const check of checks) {
  const started = performance.now();
  const complaints = await complaintsOf(check);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (complaints.length === 0) passed += 1;
  else failures.push(`\n${check.name}:\n\n${complaints.join('\n')}`);
  console.log(`${complaints.length === 0 ? 'ok    ' : 'FAILED'} ${check.name} (${seconds} s)`);
}
for (const failure of failures) console.error(failure);

const counts: CountsFile = {
  numPassedTests: passed,
  numFailedTests: failures.length,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
};
await writeFile(countsFile, JSON.stringify(counts));
process.exitCode = failures.length > 0 ? 1 : 0;

async function complaintsOf(check: Check): Promise<string[]> {
  try {
    return await check.run(line => console.log(`       ${check.name}: ${line}`));
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
