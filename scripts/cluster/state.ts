import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { kubectl } from './kubectl.ts';
import type { Location } from './location.ts';
import { until } from './until.ts';

/** What decides whether a cluster can be reused. */
export interface Shape {
  workers: number;
  kubernetes: string;
}

/** The record inside the cluster that says what it was made as: any clone or user of this machine finds it there. */
export interface ClusterRecord extends Shape {
  image: string;
  built: boolean;
}

/** What the API server of a running cluster tells. */
export interface ClusterState {
  /** Missing in a cluster that is half-made or somebody else's. */
  record?: ClusterRecord;
  readyNodes: number;
  cordoned: readonly string[];
}

const recordName = 'etcd-chart-cluster';

interface NodeList {
  items: {
    metadata: { name: string };
    spec: { unschedulable?: boolean };
    status: { conditions?: { type: string; status: string }[] };
  }[];
}

/** Returns the state of the cluster at `location`, or undefined when no API server answers there. */
export async function clusterState(location: Location): Promise<ClusterState | undefined> {
  if (!existsSync(location.kubeconfig)) return undefined;
  const get = async (args: readonly string[]): Promise<string> =>
    kubectl(location, ['get', '--request-timeout=5s', '--output=json', ...args], { timeout: 15_000 });
  try {
    const [nodes, records] = await Promise.all([
      get(['nodes']),
      get(['configmaps', '--namespace=kube-system', `--field-selector=metadata.name=${recordName}`]),
    ]);
    const { items } = JSON.parse(nodes) as NodeList;
    const [map] = (JSON.parse(records) as { items: { data?: { record?: string } }[] }).items;
    const record = map?.data?.record;
    const ready = items.filter(({ status }) =>
      status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
    return {
      readyNodes: ready.length,
      cordoned: items.filter(({ spec }) => spec.unschedulable).map(({ metadata }) => metadata.name),
      ...(record === undefined ? {} : { record: JSON.parse(record) as ClusterRecord }),
    };
  } catch {
    return undefined;
  }
}

/** Writes the record; from then on the cluster counts as whole. */
export async function writeRecord(location: Location, record: ClusterRecord): Promise<void> {
  const literal = `--from-literal=record=${JSON.stringify(record)}`;
  await kubectl(location, ['create', 'configmap', recordName, '--namespace=kube-system', literal]);
  await rm(location.unfinished, { force: true });
}

/** Waits until all nodes of a cluster of this shape are Ready, at most two minutes. Throws with the nodes' descriptions. */
export async function nodesReady(location: Location, shape: Shape): Promise<void> {
  await until(
    `all ${shape.workers + 1} nodes are Ready`,
    120_000,
    async () => (await clusterState(location))?.readyNodes === shape.workers + 1,
    () => kubectl(location, ['describe', 'nodes'], { reject: false }),
    500,
  );
}

/** Waits until DNS and storage of a new cluster work, at most two minutes. */
export async function servicesReady(location: Location): Promise<void> {
  await wait(location, ['deployment', '--all', '--all-namespaces', '--for=condition=Available']);
}

/**
 * Waits until the cluster's own pods run again after its nodes were started at `since`, at most two minutes:
 * for a while the API server tells what it knew before.
 */
export async function servicesRestarted(location: Location, shape: Shape, since: Date): Promise<void> {
  const leases = ['get', 'leases', '--namespace=kube-node-lease', '--output=json'];
  await until(`all nodes have reported since ${since.toISOString()}`, 120_000, async () => {
    const { items } = JSON.parse(await kubectl(location, leases)) as {
      items: { spec: { renewTime: string } }[];
    };
    return items.filter(({ spec }) => new Date(spec.renewTime) > since).length === shape.workers + 1;
  });
  for (const namespace of ['kube-system', 'local-path-storage']) {
    await wait(location, ['pod', '--all', `--namespace=${namespace}`, '--for=condition=Ready']);
  }
}

async function wait(location: Location, what: readonly string[]): Promise<void> {
  await kubectl(location, ['wait', ...what, '--timeout=120s'], { timeout: 130_000 });
}

/** Returns whether a cluster with this record is what is asked for. */
export function fits(record: ClusterRecord, shape: Shape): boolean {
  return record.workers === shape.workers && record.kubernetes === shape.kubernetes;
}

/** Returns the record in words. */
export function describeRecord({ kubernetes, workers, built, image }: ClusterRecord): string {
  const nodes = `1 control-plane node and ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
  return `Kubernetes ${kubernetes}, ${nodes}, ${built ? 'built' : 'stock'} node image ${image}`;
}
