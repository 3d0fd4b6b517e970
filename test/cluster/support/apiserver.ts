import { until } from '../../../scripts/cluster/until.ts';
import { isReady, type List, type Metadata, type Pod } from '../../../scripts/release/objects.ts';
import { onNode } from './node-shell.ts';
import { beforeServices, familyOf, placesOf, whileDropping } from './packets.ts';
import type { Scene } from './scene.ts';

const MANIFESTS = '/etc/kubernetes/manifests';
const AWAY = '/etc/kubernetes/away';
/** Those that end without the API server go with it: the kubelet would let them wait longer after each end. */
const PROGRAMS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
const TIMEOUT = 120_000;

const controlPlane = (cluster: string): string => `${cluster}-control-plane`;

/**
 * Stops the API server while `during` runs: the kubelet runs what has a manifest. Returns when it answers again.
 * The client pod is asked by way of the API server, so `during` cannot ask it.
 */
export async function withoutApiServer<T>(scene: Scene, during: () => Promise<T>): Promise<T> {
  const node = controlPlane(scene.cluster.name);
  try {
    await onNode(node, 'mkdir', '--parents', AWAY);
    await onNode(node, 'mv', ...PROGRAMS.map(program => `${MANIFESTS}/${program}.yaml`), AWAY);
    await until('the API server has stopped', TIMEOUT, async () => !(await answers(scene)));
    return await during();
  } finally {
    await restoreApiServer(scene.cluster.name);
    await until('the API server answers again', TIMEOUT, () => answers(scene));
  }
}

/** Has what these pods send to the API server get lost while `during` runs. */
export async function withoutApiServerFor<T>(
  scene: Scene,
  names: readonly string[],
  during: () => Promise<T>,
): Promise<T> {
  const { spec } = await scene.api.json<{ spec: { clusterIPs: string[] } }>(
    'GET',
    '/api/v1/namespaces/default/services/kubernetes',
  );
  const { nodes, addresses } = await placesOf(scene, names);
  const rules = spec.clusterIPs.flatMap(server =>
    addresses.map(pod => `${familyOf(pod)} saddr ${pod} ${familyOf(server)} daddr ${server} drop;`),
  );
  return whileDropping(nodes, beforeServices(rules), during);
}

interface Lease {
  metadata: Metadata;
  spec: { renewTime?: string };
}

/**
 * Waits until everybody who held a lease shortly before the API server went away holds it again: the nodes, and those
 * that make pods and volumes, which end without it.
 */
export async function untilLeasesAreHeld(scene: Scene, held: ReadonlySet<string>): Promise<void> {
  const since = Date.now();
  const missing = async (): Promise<string[]> => {
    const renewed = await renewedSince(scene, since);
    return [...held].filter(lease => !renewed.has(lease));
  };
  await until(
    'everybody holds the lease again that was held before the API server went away',
    TIMEOUT,
    async () => {
      await replaceThoseThatWait(scene);
      return (await missing()).length === 0;
    },
    async () => `not held: ${(await missing()).join(', ')}`,
  );
}

async function removePods(scene: Scene, pods: readonly Pod[]): Promise<void> {
  for (const { metadata } of pods)
    await scene.api.remove(`/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`);
}

/** A pod that ended again and again would be started minutes later; a new one starts at once. */
async function replaceThoseThatWait(scene: Scene): Promise<void> {
  const { items } = await scene.api.json<List<Pod>>('GET', '/api/v1/pods');
  const waiting = items.filter(
    ({ metadata, status }) =>
      metadata.namespace !== scene.namespace &&
      metadata.ownerReferences?.some(({ kind }) => kind === 'ReplicaSet') === true &&
      status.containerStatuses?.some(({ state }) => state?.waiting?.reason === 'CrashLoopBackOff') === true,
  );
  await removePods(scene, waiting);
}

/** In the order in which they depend on one another: what leads to the API server, then what asks it by that way. */
const CLIENTS = [
  '/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-proxy',
  '/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns',
  '/api/v1/namespaces/local-path-storage/pods?labelSelector=app%3Dlocal-path-provisioner',
];

/**
 * Has the parts of Kubernetes begin anew that hold no lease and ask ever more seldom while the API server is away: two
 * minutes after it was back, names of new pods were still unknown, and new claims overlooked. Waits until they run.
 */
export async function renewClients(scene: Scene): Promise<void> {
  for (const path of CLIENTS) {
    const running = async (): Promise<Pod[]> => (await scene.api.json<List<Pod>>('GET', path)).items;
    const before = await running();
    const uids = new Set(before.map(({ metadata }) => metadata.uid));
    await removePods(scene, before);
    await until(
      `new pods run in place of ${before.map(({ metadata }) => metadata.name)}`,
      TIMEOUT,
      async () => {
        const pods = await running();
        return (
          pods.length === before.length && pods.every(pod => isReady(pod) && !uids.has(pod.metadata.uid))
        );
      },
    );
  }
}

/** The leases that are held at this moment, for `untilLeasesAreHeld`. */
export function heldLeases(scene: Scene): Promise<ReadonlySet<string>> {
  return renewedSince(scene, Date.now() - 30_000);
}

async function renewedSince(scene: Scene, since: number): Promise<ReadonlySet<string>> {
  const { items } = await scene.api.json<List<Lease>>('GET', '/apis/coordination.k8s.io/v1/leases');
  const renewed = items.filter(({ spec }) => Date.parse(spec.renewTime ?? '') >= since);
  return new Set(renewed.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
}

/** Puts the manifests back that were moved away; returns whether any was. */
export async function restoreApiServer(cluster: string): Promise<boolean> {
  const node = controlPlane(cluster);
  const found = await onNode(node, 'find', AWAY, '-name', '*.yaml').catch(() => '');
  const manifests = found.split('\n').filter(Boolean);
  if (manifests.length === 0) return false;
  await onNode(node, 'mv', ...manifests, MANIFESTS);
  return true;
}

async function answers(scene: Scene): Promise<boolean> {
  return scene.api.text('GET', '/readyz', { timeout: 2000 }).then(
    () => true,
    () => false,
  );
}
