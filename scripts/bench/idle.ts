// `npm run bench:idle [-- --seconds N]`: what three members cost while nothing happens, in milliseconds of CPU per second.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ensureCluster } from '../cluster/cluster.ts';
import { chartImages } from '../images/chart-images.ts';
import { ensureImages } from '../images/load.ts';
import { apiOf } from '../release/api.ts';
import { installChart } from '../release/chart.ts';
import type { List, Pod } from '../release/objects.ts';
import { waitForVoters } from '../release/voters.ts';
import { createNamespace, removeNamespace, sweepNamespaces } from './namespace.ts';

/** The part of the kubelet's stats/summary that this bench reads. */
interface Summary {
  pods: {
    podRef: { name: string; namespace: string };
    containers: { name: string; cpu: { time: string; usageCoreNanoSeconds: number } }[];
  }[];
}

interface Reading {
  at: number;
  used: number;
}

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '180' } } });
const seconds = Number(values.seconds);
if (!Number.isInteger(seconds) || seconds < 60)
  throw new Error(
    `--seconds ${values.seconds}: give a whole number from 60 on, because the keeper works once a minute`,
  );

const cluster = await ensureCluster({ report: console.log });
await ensureImages(cluster, chartImages, console.log);
const api = await apiOf(cluster);
await sweepNamespaces(cluster);
const namespace = await createNamespace(cluster, 'idle');
try {
  await installChart({ cluster, release: 'etcd', namespace });
  await waitForVoters({ cluster, namespace, set: 'etcd', count: 3, timeout: 120_000 });
  // Until every member has settled.
  await sleep(60_000);
  const before = await readings();
  await sleep(seconds * 1000);
  const after = await readings();
  for (const [name, from] of before) {
    const to = after.get(name);
    if (to === undefined) throw new Error(`${name}: the container is gone`);
    const perSecond = (to.used - from.used) / 1e6 / ((to.at - from.at) / 1000);
    console.log(`${name.padEnd(16)} ${perSecond.toFixed(1)} ms of CPU per second`);
  }
} finally {
  await removeNamespace(cluster, namespace);
}

/** Returns what each container of the namespace has used, in nanoseconds, and when that was read. */
async function readings(): Promise<Map<string, Reading>> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const { items } = await api.json<List<Pod>>('GET', path);
  const nodes = [...new Set(items.map(({ spec }) => spec.nodeName ?? ''))];
  const found = new Map<string, Reading>();
  for (const node of nodes) {
    const summary = await api.json<Summary>('GET', `/api/v1/nodes/${node}/proxy/stats/summary`);
    for (const { podRef, containers } of summary.pods) {
      if (podRef.namespace !== namespace) continue;
      for (const { name, cpu } of containers) {
        found.set(`${podRef.name} ${name}`, { at: Date.parse(cpu.time), used: cpu.usageCoreNanoSeconds });
      }
    }
  }
  return found;
}
