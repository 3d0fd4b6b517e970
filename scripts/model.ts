// `npm run model`: searches the model of the protocol with more faults than `npm test`. Prints the result per scenario.
import { parseArgs } from 'node:util';
import { scenarios, searchOf } from '../test/model/scenarios.ts';
import { search } from '../test/model/search.ts';
import { traceOf } from '../test/model/trace.ts';

const { values } = parseArgs({
  options: { faults: { type: 'string', default: '0' }, only: { type: 'string', default: '' } },
});
const more = Number(values.faults);
if (!Number.isInteger(more) || more < 0)
  throw new Error(
    `--faults ${values.faults}: value is not a whole number; give the number of faults beyond those of npm test`,
  );
for (const scenario of scenarios) {
  if (!new RegExp(values.only).test(scenario.name)) continue;
  const started = performance.now();
  const outcome = search(searchOf(scenario, undefined, more));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${scenario.name} (${scenario.faults + more} faults, ${seconds} s): ${traceOf(outcome)}`);
  if (outcome.broken !== '') process.exitCode = 1;
}
