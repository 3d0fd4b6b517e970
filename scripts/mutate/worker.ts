// A part of the mutants, for main.ts: --part 0/2 --every 10 [--only templates/role]. Writes a line of JSON for each.
import { parseArgs } from 'node:util';
import { chartDirectory } from '../../test/support/project.ts';
import { temporaryChart } from '../../test/support/temporary-chart.ts';
import { Goldens } from './goldens.ts';
import { mutants } from './mutant.ts';
import { Suite } from './suite.ts';
import { fateOf } from './trial.ts';

const { values } = parseArgs({
  options: { part: { type: 'string' }, every: { type: 'string' }, only: { type: 'string' } },
});
const { part = '0/1', every = '1', only = '' } = values;
const [index = 0, parts = 1] = part.split('/').map(Number);
const goldenRatio = (Math.sqrt(5) - 1) / 2;
const chosen = mutants(chartDirectory)
  .filter(({ file }) => file.startsWith(only))
  .filter((_, position) => position % Number(every) === 0)
  .filter((_, position) => position % parts === index)
  // From here and there, so that a run which is ended early has looked everywhere.
  .map((mutant, position) => ({ mutant, place: (position * goldenRatio) % 1 }))
  .sort((one, other) => one.place - other.place)
  .map(({ mutant }) => mutant);
// As the render tier does.
process.env.HELM_SERVER = '1';
await using suite = await Suite.start();
await using copy = await temporaryChart({}, { from: chartDirectory });
const goldens = await Goldens.read();
for (const mutant of chosen) {
  const { file, place, what } = mutant;
  const fate = await fateOf(mutant, { copy: copy.directory, goldens, suite });
  process.stdout.write(`${JSON.stringify({ file, place, what, ...fate })}\n`);
}
// vitest sets it for the tests that fail, which here is what they are for.
process.exitCode = 0;
