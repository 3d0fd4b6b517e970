import { existsSync } from 'node:fs';
import { cacheDir, withLock } from '../cache.ts';
import type { Report } from '../progress.ts';
import { versions } from '../tools/catalogue.ts';
import { nodeContainers, type Runtime, run } from './containers.ts';
import { createKind, deleteKind, exportKubeconfig } from './kind.ts';
import { type Access, kubectl } from './kubectl.ts';
import { type Location, locationOf } from './location.ts';
import { requireSpace } from './machine.ts';
import { connectPods } from './network.ts';
import { nodeImage } from './node-image.ts';
import { findRuntime, workingRuntime } from './runtime.ts';
import { plainStages, type RunStage } from './stage.ts';
import {
  type ClusterRecord,
  clusterState,
  describeRecord,
  fits,
  nodesReady,
  type Shape,
  servicesReady,
  servicesRestarted,
  writeRecord,
} from './state.ts';
import { until } from './until.ts';

export { ensureImages } from '../images/load.ts';

/** A running kind cluster of this project. */
export interface Cluster extends Access {
  name: string;
  /** The version that was asked for; stock nodes may run an older patch of it, where kind publishes no newer image. */
  kubernetes: string;
  workers: number;
  /** The node image was built here, because none could be pulled. */
  built: boolean;
}

export interface ClusterOptions {
  workers?: number;
  kubernetes?: string;
  /** The cluster's name, `etcd` unless given: one more beside it, for an experiment. */
  name?: string;
  report?: Report;
  /** Shows the stages; plain lines to `report` unless given. */
  stage?: RunStage;
}

const defaultName = 'etcd';
const gibibyte = 2 ** 30;

/**
 * Returns the local cluster with one control-plane node, `workers` workers (3) and Kubernetes
 * `kubernetes` (the pinned version), all nodes Ready. A healthy one of that shape is reused, a stopped
 * one started again, any other of this project replaced. Throws errors that name the remedy: no container
 * runtime, no space, a version that can be neither pulled nor built, a cluster of that name by others.
 */
export async function ensureCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const {
    workers = 3,
    kubernetes = versions.kubernetes,
    name = defaultName,
    report = console.error,
  } = options;
  const stage = options.stage ?? plainStages(report);
  requireShape(workers, kubernetes);
  const location = locationOf(name);
  return withLock(location.lock, () => ensure(location, { workers, kubernetes }, stage), report);
}

/** Deletes the cluster `name` (`etcd`) if there is one; what was built for it stays in the cache. */
export async function deleteCluster(report: Report = console.error, name = defaultName): Promise<void> {
  const location = locationOf(name);
  await withLock(
    location.lock,
    async () => {
      const runtime = await workingRuntime(name);
      if (runtime === undefined) return report('neither Docker nor Podman works here: there is no cluster');
      const nodes = await nodeContainers(runtime, name);
      await deleteKind(runtime, location);
      report(
        nodes.length === 0
          ? `there was no cluster ${name}`
          : `deleted cluster ${name}, ${nodes.length} nodes`,
      );
    },
    report,
  );
}

function requireShape(workers: number, kubernetes: string): void {
  if (!Number.isInteger(workers) || workers < 1 || workers > 9) {
    throw new Error(`workers: ${workers} is not a whole number from 1 to 9`);
  }
  if (!/^1\.\d+\.\d+$/.test(kubernetes)) {
    throw new Error(`kubernetes: "${kubernetes}" is not a version such as ${versions.kubernetes}`);
  }
}

async function ensure(location: Location, shape: Shape, stage: RunStage): Promise<Cluster> {
  const running = await stage('cluster', report => reuse(location, shape, report));
  if (running !== undefined) return running;
  const runtime = await stage('container runtime', async report => {
    const found = await findRuntime({ cluster: location.name, report });
    report(`the nodes run as containers of ${found.name}`);
    return found;
  });
  const revived = await stage('cluster', report => revive(runtime, location, shape, report));
  return revived ?? create(runtime, location, shape, stage);
}

/** Returns the running cluster when it is healthy and of this shape. */
async function reuse(location: Location, shape: Shape, report: Report): Promise<Cluster | undefined> {
  const state = await clusterState(location);
  if (state?.record === undefined || !fits(state.record, shape)) return undefined;
  if (state.readyNodes !== shape.workers + 1) return undefined;
  if (state.cordoned.length > 0) {
    report(`uncordoning ${state.cordoned.join(', ')}, which an interrupted run left behind`);
    await kubectl(location, ['uncordon', ...state.cordoned]);
  }
  report(`reusing cluster ${location.name}: ${describeRecord(state.record)}`);
  return clusterOf(location, state.record);
}

/** Returns the cluster after its stopped nodes were started, or undefined when there is none worth keeping. */
async function revive(
  runtime: Runtime,
  location: Location,
  shape: Shape,
  report: Report,
): Promise<Cluster | undefined> {
  const { name, unfinished, kubeconfig } = location;
  const nodes = await nodeContainers(runtime, name);
  if (nodes.length === 0) return undefined;
  if (existsSync(unfinished)) {
    report(`cluster ${name} was left half-made: replacing it`);
    return undefined;
  }
  const lost = nodes.filter(({ state }) => state === 'lost').map(({ name }) => name);
  if (lost.length > 0) {
    report(
      `replacing cluster ${name}: the processes of ${lost.join(', ')} were killed behind ${runtime.name}'s back`,
    );
    return undefined;
  }
  try {
    const since = new Date();
    const stopped = nodes.filter(({ state }) => state === 'stopped');
    if (stopped.length > 0) {
      report(`starting ${stopped.length} stopped nodes of cluster ${name}`);
      for (const node of stopped) await run(runtime, ['start', node.name]);
    }
    if (!existsSync(kubeconfig)) await exportKubeconfig(runtime, location);
    await until(
      'the API server answers',
      60_000,
      async () => (await clusterState(location)) !== undefined,
      () => kubectl(location, ['get', 'nodes'], { reject: false }),
    );
    const record = (await clusterState(location))?.record;
    if (record === undefined) throw new ForeignCluster(name);
    if (!fits(record, shape)) {
      report(`replacing cluster ${name}, which is ${describeRecord(record)}`);
      return undefined;
    }
    // The nodes may have new addresses, and routes do not outlive a restart.
    if (record.built) await connectPods(runtime, location, nodes.length);
    await nodesReady(location, shape);
    if (stopped.length > 0) await servicesRestarted(location, shape, since);
    return clusterOf(location, record);
  } catch (error) {
    if (error instanceof ForeignCluster) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    report(`replacing cluster ${name}, which does not become healthy: ${reason}`);
    return undefined;
  }
}

class ForeignCluster extends Error {
  constructor(name: string) {
    super(
      `there is a kind cluster ${name} that this project did not make, and it is left alone. Delete it (kind delete cluster --name ${name}), or install into it: npm start -- --context kind-${name}`,
    );
  }
}

async function create(runtime: Runtime, location: Location, shape: Shape, stage: RunStage): Promise<Cluster> {
  await requireSpace(cacheDir(), 4 * gibibyte, 'making the cluster');
  if (runtime.storage !== undefined) {
    await requireSpace(
      runtime.storage,
      (2 + 2 * shape.workers) * gibibyte,
      'running the nodes of the cluster',
    );
  }
  const record = { ...shape, ...(await nodeImage(runtime, shape.kubernetes, stage)) };
  await stage('cluster', async report => {
    await deleteKind(runtime, location);
    report(`creating ${describeRecord(record)}`);
    await createKind(runtime, location, { ...record, ownNetwork: record.built });
  });
  await stage('network', report => finish(runtime, location, record, report));
  return clusterOf(location, record);
}

async function finish(
  runtime: Runtime,
  location: Location,
  record: ClusterRecord,
  report: Report,
): Promise<void> {
  if (record.built) await connectPods(runtime, location, record.workers + 1, report);
  report('waiting for the nodes to become Ready');
  await nodesReady(location, record);
  report('waiting for DNS and storage');
  await servicesReady(location);
  await writeRecord(location, record);
}

function clusterOf({ name, kubeconfig, context }: Location, record: ClusterRecord): Cluster {
  const { kubernetes, workers, built } = record;
  return { name, kubeconfig, context, kubernetes, workers, built };
}
