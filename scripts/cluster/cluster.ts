import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheDir, withLock } from '../cache.ts';
import type { Report } from '../progress.ts';
import { versions } from '../tools/catalogue.ts';
import { tool } from '../tools/tool.ts';
import { nodePrograms, requireBuildable } from './binaries.ts';
import { kindConfig } from './kind-config.ts';
import { kindSource } from './kind-source.ts';
import { kubectl } from './kubectl.ts';
import { requireSpace } from './machine.ts';
import { connectPods } from './network.ts';
import { builtNodeImage } from './node-image.ts';
import { nodeContainers } from './nodes.ts';
import { rootFilesystem } from './root-filesystem.ts';
import { findRuntime, type Runtime, run } from './runtime.ts';
import { plainStages, type RunStage } from './stage.ts';
import { stockNodeImage } from './stock-image.ts';
import { systemImages } from './system-images.ts';
import { until } from './until.ts';

export { ensureImages } from '../images/load.ts';

/** A running kind cluster of this project. */
export interface Cluster {
  name: string;
  context: string;
  kubeconfig: string;
  /** The version that was asked for; the nodes may run an older patch of it, where kind publishes no newer image. */
  kubernetes: string;
  workers: number;
  /** The node image was built here, because none could be pulled. */
  built: boolean;
}

export interface ClusterOptions {
  workers?: number;
  kubernetes?: string;
  report?: Report;
  /** Shows the stages; plain lines to `report` unless given. */
  stage?: RunStage;
}

const name = 'etcd';
const gibibyte = 2 ** 30;

/**
 * Returns the local cluster `etcd` with one control-plane node, `workers` workers (3) and Kubernetes
 * `kubernetes` (the pinned version), all Ready. A healthy one of that shape is reused, a stopped one
 * started again, any other of this project replaced. Throws errors that name the remedy: no container
 * runtime, no space, a version that can be neither pulled nor built, a cluster of that name by others.
 */
export async function ensureCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { workers = 3, kubernetes = versions.kubernetes, report = console.error } = options;
  const stage = options.stage ?? plainStages(report);
  requireShape(workers, kubernetes);
  return withLock(lockPath(), () => ensure({ workers, kubernetes }, stage), report);
}

/** Deletes the cluster `etcd` if there is one; what was built for it stays in the cache. */
export async function deleteCluster(report: Report = console.error): Promise<void> {
  await withLock(
    lockPath(),
    async () => {
      const runtime = await findRuntime(report);
      const nodes = await nodeContainers(runtime, name);
      await remove(runtime);
      report(
        nodes.length === 0
          ? `there was no cluster ${name}`
          : `deleted cluster ${name} (${nodes.length} nodes)`,
      );
    },
    report,
  );
}

/** What decides whether a cluster can be reused. */
interface Shape {
  workers: number;
  kubernetes: string;
}

/** The record inside the cluster that says what it was made as: any clone or user of this machine finds it there. */
interface ClusterRecord extends Shape {
  image: string;
  built: boolean;
}

const recordName = 'etcd-chart-cluster';

function lockPath(): string {
  return join(cacheDir('cluster'), name);
}

function access(): { kubeconfig: string; context: string } {
  return { kubeconfig: join(cacheDir('cluster'), `${name}.kubeconfig`), context: `kind-${name}` };
}

/** Written before kind starts and removed when the cluster is whole: tells a half-made cluster from somebody else's. */
function unfinishedMark(): string {
  return join(cacheDir('cluster'), `${name}.unfinished`);
}

function requireShape(workers: number, kubernetes: string): void {
  if (!Number.isInteger(workers) || workers < 1 || workers > 9) {
    throw new Error(`workers: ${workers} is not a whole number from 1 to 9`);
  }
  if (!/^1\.\d+\.\d+$/.test(kubernetes)) {
    throw new Error(`kubernetes: "${kubernetes}" is no version such as ${versions.kubernetes}`);
  }
}

async function ensure(shape: Shape, stage: RunStage): Promise<Cluster> {
  const running = await stage('cluster', report => usable(shape, report));
  if (running !== undefined) return running;
  const runtime = await stage('container runtime', findRuntime);
  const revived = await stage('cluster', report => revive(runtime, shape, report));
  return revived ?? create(runtime, shape, stage);
}

interface NodeState {
  metadata: { name: string };
  status: { conditions?: { type: string; status: string }[] };
}

interface ClusterState {
  record?: ClusterRecord;
  nodes: NodeState[];
}

/** Undefined when no API server answers. */
async function clusterState(): Promise<ClusterState | undefined> {
  if (!existsSync(access().kubeconfig)) return undefined;
  const get = async (args: readonly string[]): Promise<string> =>
    kubectl(access(), ['get', '--request-timeout=5s', '--output=json', ...args], { timeout: 15_000 });
  try {
    const nodes = JSON.parse(await get(['nodes'])) as { items: NodeState[] };
    const maps = JSON.parse(
      await get(['configmaps', '--namespace=kube-system', `--field-selector=metadata.name=${recordName}`]),
    ) as { items: { data?: { record?: string } }[] };
    const record = maps.items[0]?.data?.record;
    return {
      nodes: nodes.items,
      ...(record === undefined ? {} : { record: JSON.parse(record) as ClusterRecord }),
    };
  } catch {
    return undefined;
  }
}

async function usable(shape: Shape, report: Report): Promise<Cluster | undefined> {
  const state = await clusterState();
  if (state?.record === undefined || !fits(state.record, shape) || !allReady(state.nodes, shape))
    return undefined;
  report(`reusing cluster ${name}: ${description(state.record)}`);
  return cluster(state.record);
}

function fits(record: ClusterRecord, shape: Shape): boolean {
  return record.workers === shape.workers && record.kubernetes === shape.kubernetes;
}

function allReady(nodes: readonly NodeState[], shape: Shape): boolean {
  const ready = nodes.filter(({ status }) =>
    status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  );
  return ready.length === shape.workers + 1;
}

/** Returns the cluster after its stopped nodes were started, or undefined when there is none worth keeping. */
async function revive(runtime: Runtime, shape: Shape, report: Report): Promise<Cluster | undefined> {
  const nodes = await nodeContainers(runtime, name);
  if (nodes.length === 0 || existsSync(unfinishedMark())) return undefined;
  if (!existsSync(access().kubeconfig)) await exportKubeconfig(runtime);
  const stopped = nodes.filter(({ running }) => !running);
  if (stopped.length > 0) {
    report(`starting ${stopped.length} stopped nodes`);
    for (const node of stopped) await run(runtime, ['start', node.name]);
  }
  let state: ClusterState | undefined;
  try {
    await until('the API server answers', 60_000, async () => {
      state = await clusterState();
      return state !== undefined;
    });
    const record = state?.record;
    if (record === undefined) {
      throw new ForeignCluster(
        `a kind cluster named ${name} exists that this project did not make. Delete it (kind delete cluster --name ${name}), or use it as it is: npm start -- --context kind-${name}`,
      );
    }
    if (!fits(record, shape)) {
      report(`replacing cluster ${name}, which is ${description(record)}`);
      return undefined;
    }
    if (record.built) await connectPods(runtime, access(), nodes.length);
    await nodesReady(shape);
    return cluster(record);
  } catch (error) {
    if (error instanceof ForeignCluster) throw error;
    report(
      `replacing cluster ${name}, which does not become healthy: ${error instanceof Error ? error.message : error}`,
    );
    return undefined;
  }
}

class ForeignCluster extends Error {}

async function create(runtime: Runtime, shape: Shape, stage: RunStage): Promise<Cluster> {
  await requireSpace(cacheDir(), 4 * gibibyte, 'making the cluster');
  if (runtime.storage !== undefined) {
    await requireSpace(runtime.storage, (2 + 2 * shape.workers) * gibibyte, 'the nodes of the cluster');
  }
  const image = await nodeImage(runtime, shape.kubernetes, stage);
  const record: ClusterRecord = { ...shape, ...image };
  await stage('cluster', async report => {
    await remove(runtime);
    await writeFile(unfinishedMark(), '');
    report(`creating ${description(record)}`);
    await createKind(runtime, record);
  });
  await stage('network', async report => {
    if (record.built) await connectPods(runtime, access(), shape.workers + 1, report);
    report('waiting for the nodes to become Ready');
    await nodesReady(shape);
    await kubectl(access(), [
      'create',
      'configmap',
      recordName,
      '--namespace=kube-system',
      `--from-literal=record=${JSON.stringify(record)}`,
    ]);
    await rm(unfinishedMark(), { force: true });
  });
  return cluster(record);
}

async function nodeImage(
  runtime: Runtime,
  version: string,
  stage: RunStage,
): Promise<{ image: string; built: boolean }> {
  // Containers without the capability to raise limits need files that only the built image has not to be told about.
  const stock = await stage('node image', report => stockNodeImage(runtime, version, report));
  if (stock !== undefined) return { image: stock, built: false };
  requireBuildable(version);
  const programs = await stage('binaries', report => nodePrograms(version, report));
  const rootFile = await stage('root file system', rootFilesystem);
  const kind = await kindSource();
  const images = await stage('system images', report => systemImages(version, programs, kind, report));
  const parts = { version, programs, rootFilesystem: rootFile, images, kind };
  return { image: await stage('node image', report => builtNodeImage(runtime, parts, report)), built: true };
}

async function createKind(runtime: Runtime, record: ClusterRecord): Promise<void> {
  const kind = await tool('kind');
  const { kubeconfig } = access();
  await execa(
    kind,
    [
      'create',
      'cluster',
      `--name=${name}`,
      `--image=${record.image}`,
      `--kubeconfig=${kubeconfig}`,
      '--config=-',
    ],
    { env: runtime.env, input: await kindConfig(runtime, record.workers, record.built) },
  );
}

async function exportKubeconfig(runtime: Runtime): Promise<void> {
  const kind = await tool('kind');
  await execa(kind, ['export', 'kubeconfig', `--name=${name}`, `--kubeconfig=${access().kubeconfig}`], {
    env: runtime.env,
  });
}

async function remove(runtime: Runtime): Promise<void> {
  const kind = await tool('kind');
  const { kubeconfig } = access();
  await execa(kind, ['delete', 'cluster', `--name=${name}`, `--kubeconfig=${kubeconfig}`], {
    env: runtime.env,
  });
  await rm(kubeconfig, { force: true });
  await rm(unfinishedMark(), { force: true });
}

async function nodesReady(shape: Shape): Promise<void> {
  await until(
    `all ${shape.workers + 1} nodes are Ready`,
    120_000,
    async () => allReady((await clusterState())?.nodes ?? [], shape),
    () =>
      kubectl(access(), ['describe', 'nodes'], { reject: false }).catch((error: unknown) => String(error)),
    500,
  );
}

function cluster(record: ClusterRecord): Cluster {
  return {
    name,
    ...access(),
    kubernetes: record.kubernetes,
    workers: record.workers,
    built: record.built,
  };
}

function description(record: ClusterRecord): string {
  const workers = record.workers === 1 ? '1 worker' : `${record.workers} workers`;
  return `Kubernetes ${record.kubernetes}, 1 control-plane node and ${workers}, ${record.built ? 'built' : 'stock'} node image ${record.image}`;
}
