// `npm run bench:availability -- [--only REGEXP] [--repeat N] [--more] [--out DIRECTORY]`: for how long clients cannot
// write while things happen to a cluster, the chart beside a plain StatefulSet. A run measures what --only picks (by
// scenario or `scenario/contender`), and reports everything that the directory has, also of former runs.
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureCluster, ensureImages } from '../cluster/cluster.ts';
import { chartImages, clientImage, etcdImage } from '../images/chart-images.ts';
import { versions } from '../tools/catalogue.ts';
import { contenders } from './availability/contenders.ts';
import { machineOf } from './availability/machine.ts';
import { page } from './availability/page/page.ts';
import { readOutcomes } from './availability/results.ts';
import { runScenario } from './availability/run.ts';
import { scenarios } from './availability/scenarios/scenarios.ts';
import { cannotIn, markdownTable, missedIn, tableOf, terminalTable } from './availability/table.ts';
import { sweepNamespaces } from './namespace.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    repeat: { type: 'string' },
    more: { type: 'boolean', default: false },
    out: { type: 'string', default: join(import.meta.dirname, '..', '..', 'results', 'availability') },
  },
});
if (values.repeat !== undefined && !/^[1-9]\d*$/.test(values.repeat)) {
  throw new Error(`--repeat ${values.repeat}: a whole number above 0 is wanted`);
}
const only = new RegExp(values.only);
const { present, absent } = contenders(process.env);
const wanted = scenarios.flatMap(scenario => {
  const picked = present.filter(
    ({ name, manages }) =>
      only.test(`${scenario.name}/${name}`) && (manages || scenario.managersOnly !== true),
  );
  return picked.length === 0 ? [] : [{ scenario, picked }];
});
if (wanted.length === 0) {
  const names = scenarios.map(({ name }) => name).join(', ');
  throw new Error(`--only ${values.only} picks nothing of ${names} with ${present.map(({ name }) => name)}`);
}

const report = (line: string) => console.error(line);
const directory = resolve(values.out);
const cluster = await ensureCluster({ report });
const images = [
  ...chartImages,
  clientImage,
  etcdImage(versions.etcd['3.6']),
  etcdImage(versions.etcd['3.7']),
];
await ensureImages(cluster, [...new Set(images)], report);
await sweepNamespaces(cluster);
for (const line of absent) report(line);
const machine = machineOf(cluster);
const former = values.more ? await readOutcomes(directory) : [];
let failures = 0;
for (const { scenario, picked } of wanted) {
  const rounds = values.repeat === undefined ? scenario.rounds : Number(values.repeat);
  failures += await runScenario({
    cluster,
    scenario,
    contenders: picked,
    rounds,
    directory,
    machine,
    former,
    report,
  });
}

const outcomes = await readOutcomes(directory);
const rows = tableOf(scenarios, outcomes, present);
const html = join(directory, 'index.html');
await writeFile(html, page({ scenarios, outcomes, contenders: present, absent }));
await writeFile(join(directory, 'table.md'), markdownTable(rows));
const json = join(directory, 'availability.json');
await writeFile(json, `${JSON.stringify({ absent, outcomes }, undefined, 1)}\n`);
console.log(`\n${terminalTable(rows)}\n`);
for (const line of [...absent, ...cannotIn(scenarios, outcomes, present)]) console.log(line);
for (const line of missedIn(rows)) console.log(line);
console.log(`${html}\n${json}`);
if (failures > 0 || missedIn(rows).length > 0) process.exitCode = 1;
// The watches and the proxy of a round that failed must not keep this program.
process.exit();
