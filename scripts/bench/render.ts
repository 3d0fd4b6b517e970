// `npm run bench:render`: how many renders a second the harness checks, by both Helms, validated by Ajv and kubeconform.
//   node scripts/run.mjs scripts/bench/render.ts [renders]
import { availableParallelism } from 'node:os';
import { bothHelms, type Rendered, render } from '../../test/support/helm.ts';
import { brokenInvariants } from '../../test/support/invariants/invariants.ts';
import { kubernetesVersions } from '../../test/support/kubernetes.ts';

// As the render tier does.
process.env.HELM_SERVER = '1';
const count = Number(process.argv[2] ?? 200);
if (!Number.isInteger(count) || count < 1)
  throw new Error(`${process.argv[2]}: a number of renders is wanted`);

/** No two objects alike: what was seen before would come from memory. */
async function one(index: number): Promise<Rendered> {
  const values = { commonLabels: { 'bench.example/render': `${index}` } };
  const kubeVersion = kubernetesVersions[index % kubernetesVersions.length] ?? '';
  const rendered = await render(values, { kubeVersion, helm: bothHelms[index % 2] ?? 'helm' });
  const broken = brokenInvariants({ rendered, values, namespace: 'default' });
  if (broken.length > 0) throw new Error(broken.join('\n'));
  return rendered;
}

// Schemas are compiled, and programs found, once for all.
await Promise.all([...Array(8).keys()].map(index => one(count + index)));
const before = process.cpuUsage();
const started = performance.now();
let next = 0;
const worker = async (): Promise<void> => {
  for (let index = next++; index < count; index = next++) await one(index);
};
await Promise.all(Array.from({ length: availableParallelism() + 1 }, worker));
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(before);
console.log(
  `${count} renders in ${seconds.toFixed(1)} s: ${(count / seconds).toFixed(1)} a second on ${availableParallelism()} cores, ${((user + system) / 1000 / count).toFixed(0)} ms each in this process beside Helm and kubeconform`,
);
