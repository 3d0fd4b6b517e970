// `npm test` and `npm run test:<tier>`: runs the tiers one after the other and stops at the first that
// fails. Arguments: [tier] [arguments for vitest…], for example `npm run test:render -- -t probes`.
// `npm run test:render -- --quick` leaves out the tests of the harness, Helm 3, and all ways but one of each row of
// values; `npm run test:cluster -- --kubernetes 1.34` runs the smoke tests on a cluster of that version.
import { testArguments } from './test-arguments.ts';
import { exitCodeOf, runTier, type TierResult } from './tier.ts';

const { wanted, vitest: vitestArgs, environment } = testArguments(process.argv.slice(2));
Object.assign(process.env, environment);

const results: TierResult[] = [];
for (const tier of wanted) {
  console.log(`\n── ${tier} ${'─'.repeat(60 - tier.length)}`);
  const result = await runTier(tier, vitestArgs);
  results.push(result);
  if (result.failed > 0 || result.interrupted !== undefined) break;
}

console.log(`\n${table(results)}\n`);
const interrupted = results.find(result => result.interrupted !== undefined)?.interrupted;
const total = sum(results);
console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
);
process.exitCode = interrupted !== undefined ? exitCodeOf(interrupted) : total.failed > 0 ? 1 : 0;

function table(done: readonly TierResult[]): string {
  const rows = [['tier', 'result', 'passed', 'failed', 'skipped', 'time']];
  for (const tier of wanted) {
    const result = done.find(candidate => candidate.tier === tier);
    if (result === undefined) {
      rows.push([tier, 'not run', '', '', '', '']);
      continue;
    }
    const outcome =
      result.interrupted !== undefined ? 'interrupted' : result.failed > 0 ? 'FAILED' : 'passed';
    const numbers = [result.passed, result.failed, result.skipped].map(String);
    rows.push([tier, outcome, ...numbers, elapsed(result.seconds)]);
  }
  return rows
    .map(row => row.map((cell, column) => (column < 2 ? cell.padEnd(11) : cell.padStart(8))).join(' '))
    .map(line => line.trimEnd())
    .join('\n');
}

function sum(done: readonly TierResult[]): { passed: number; failed: number; skipped: number } {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const result of done) {
    total.passed += result.passed;
    total.failed += result.failed;
    total.skipped += result.skipped;
  }
  return total;
}

function elapsed(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
