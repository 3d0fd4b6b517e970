// `npm run bench:install`: from `helm install` to three Ready voters, against a plain static StatefulSet.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, ensureCluster, ensureImages } from '../cluster/cluster.ts';
import { kubectl } from '../cluster/kubectl.ts';
import { chartImages } from '../images/chart-images.ts';
import { apiOf } from '../release/api.ts';
import { installChart } from '../release/chart.ts';
import { waitForVoters } from '../release/voters.ts';
import { versions } from '../tools/catalogue.ts';
import { PLAIN, plainSet } from './plain-set.ts';

const ROUNDS = 5;
const TARGET = 1.3;
const TIMEOUT = 120_000;
const report = (line: string) => console.error(line);

/** Seconds from before `install` until the set has three healthy voters, in a namespace that goes afterwards. */
async function measure(
  cluster: Cluster,
  name: string,
  set: string,
  install: (namespace: string) => Promise<unknown>,
): Promise<number> {
  const namespace = `bench-${name}-${Date.now().toString(36)}`;
  const api = await apiOf(cluster);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await api.text('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace, labels } } });
  try {
    const began = performance.now();
    await install(namespace);
    await waitForVoters({ cluster, namespace, set, count: 3, timeout: TIMEOUT });
    return (performance.now() - began) / 1000;
  } finally {
    await removeNamespace(cluster, namespace);
  }
}

/** Waits for the end, volumes included, so that one round's cleaning up does not slow down the next. */
async function removeNamespace(cluster: Cluster, namespace: string): Promise<void> {
  const api = await apiOf(cluster);
  await api.remove(`/api/v1/namespaces/${namespace}`);
  const end = performance.now() + TIMEOUT;
  while (await goesOn(cluster, namespace)) {
    if (performance.now() > end)
      throw new Error(`namespace ${namespace} or its volumes are still there after 2 minutes`);
    await sleep(500);
  }
}

async function goesOn(cluster: Cluster, namespace: string): Promise<boolean> {
  const api = await apiOf(cluster);
  if (await api.find(`/api/v1/namespaces/${namespace}`)) return true;
  const { items } = await api.json<{ items: { spec: { claimRef?: { namespace?: string } } }[] }>(
    'GET',
    '/api/v1/persistentvolumes',
  );
  return items.some(({ spec }) => spec.claimRef?.namespace === namespace);
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const cluster = await ensureCluster({ report });
await ensureImages(cluster, chartImages, report);
const image = `gcr.io/etcd-development/etcd:v${versions.etcd['3.7']}`;
const chart: number[] = [];
const plain: number[] = [];
// One of each that does not count: the first pods of a fresh cluster wait for much that later ones find done.
for (let round = 0; round <= ROUNDS; round += 1) {
  const ours = await measure(cluster, 'chart', 'etcd', namespace =>
    installChart({ cluster, release: 'etcd', namespace }),
  );
  const theirs = await measure(cluster, 'plain', PLAIN, namespace =>
    kubectl(cluster, ['apply', '--filename', '-'], { input: JSON.stringify(plainSet(namespace, image)) }),
  );
  report(
    `${round === 0 ? 'warm-up' : `round ${round}`}: chart ${ours.toFixed(2)} s, plain ${theirs.toFixed(2)} s`,
  );
  if (round === 0) continue;
  chart.push(ours);
  plain.push(theirs);
}
const ratio = median(chart) / median(plain);
console.log(
  `medians of ${ROUNDS}: chart ${median(chart).toFixed(2)} s, plain ${median(plain).toFixed(2)} s, ratio ${ratio.toFixed(2)} (target: at most ${TARGET})`,
);
if (ratio > TARGET) process.exitCode = 1;
