// `npm run test:mutate`: breaks the chart in small ways and tells which of them no render test notices.
//   -- --every 10 takes each tenth mutant, --only templates/role those of one file
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { expected } from './survivors.ts';
import type { Fate } from './trial.ts';

type Outcome = Fate & { readonly file: string; readonly place: string; readonly what: string };

/** Of all mutants that are charts, as many have to be noticed. */
const target = 0.9;

const { values } = parseArgs({ options: { every: { type: 'string' }, only: { type: 'string' } } });
const given = Object.entries(values).map(([name, value]) => `--${name}=${value}`);
const parts = availableParallelism();
const started = performance.now();
const outcomes: Outcome[] = [];
await Promise.all(
  Array.from({ length: parts }, async (_, part) => {
    const args = ['--import', 'tsx', 'scripts/mutate/worker.ts', `--part=${part}/${parts}`, ...given];
    const child = execa(process.execPath, args, { stderr: 'inherit', stdin: 'ignore', buffer: false });
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith('{')) continue;
      const outcome = JSON.parse(line) as Outcome;
      outcomes.push(outcome);
      console.log(
        `${String(outcomes.length).padStart(5)} ${title(outcome)}${outcome.by === undefined ? '' : ` (${outcome.by})`}`,
      );
    }
    await child;
  }),
);

const charts = outcomes.filter(({ fate }) => fate !== 'no chart');
const survivors = charts.filter(({ fate }) => fate === 'survived');
const unknown = survivors.filter(outcome => reasonFor(outcome) === undefined);
const share = (charts.length - survivors.length) / Math.max(charts.length, 1);
console.log(`\n${survivors.length} survived:`);
for (const survivor of survivors)
  console.log(`${title(survivor)}\n        ${reasonFor(survivor) ?? 'no reason is known: write a test'}`);
const minutes = ((performance.now() - started) / 60_000).toFixed(1);
console.log(
  `\n${charts.length} mutants, ${charts.length - survivors.length} noticed (${(100 * share).toFixed(1)} %), ${survivors.length - unknown.length} survivors with a reason and ${unknown.length} without, ${outcomes.length - charts.length} were no charts; ${minutes} min`,
);
process.exitCode = charts.length > 0 && share >= target ? 0 : 1;

function title({ fate, file, place, what }: Outcome): string {
  return `${fate.padEnd(8)} ${file}:${place} ${what}`;
}

function reasonFor({ file, what }: Outcome): string | undefined {
  return expected.find(({ in: where, matches }) => where === file && matches.test(what))?.reason;
}
