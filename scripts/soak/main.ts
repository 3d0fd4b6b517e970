// `npm run soak -- [--minutes N] [--seed S]`: random operations on a set in the cluster, under the recorded
// workload; see test/soak/soak.test.ts.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { exitCodeOf, runTier } from '../tier.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(randomInt(1, 1_000_000_000)) },
  },
});
for (const [name, value] of Object.entries(values)) {
  if (!/^[1-9]\d*$/.test(value)) throw new Error(`--${name} ${value}: a whole number above 0 is wanted`);
  process.env[`SOAK_${name.toUpperCase()}`] = value;
}
console.log(`${values.minutes} minutes: --seed ${values.seed}`);
const result = await runTier('soak', []);
process.exitCode =
  result.interrupted !== undefined ? exitCodeOf(result.interrupted) : result.failed > 0 ? 1 : 0;
