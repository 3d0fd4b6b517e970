// `npm run test:histories -- [--seed S] [--runs N] [--lanes L]`: random histories of faults against real etcd
// processes; see test/member/histories.test.ts.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { exitCodeOf, runTier } from './tier.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(1, 1_000_000_000)) },
    runs: { type: 'string', default: '100' },
    lanes: { type: 'string', default: '6' },
  },
});
for (const [name, value] of Object.entries(values)) {
  if (!/^[1-9]\d*$/.test(value)) throw new Error(`--${name} ${value}: a whole number above 0 is wanted`);
  process.env[`HISTORY_${name.toUpperCase()}`] = value;
}
console.log(`${values.runs} histories, ${values.lanes} at a time: --seed ${values.seed}`);
const result = await runTier('member', ['test/member/histories.test.ts']);
process.exitCode =
  result.interrupted !== undefined ? exitCodeOf(result.interrupted) : result.failed > 0 ? 1 : 0;
