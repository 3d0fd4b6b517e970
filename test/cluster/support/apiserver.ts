import { until } from '../../../scripts/cluster/until.ts';
import { onNode } from './node-shell.ts';
import type { Scene } from './scene.ts';

const MANIFEST = '/etc/kubernetes/manifests/kube-apiserver.yaml';
const AWAY = '/etc/kubernetes/kube-apiserver.yaml.away';
const TIMEOUT = 120_000;

const controlPlane = (cluster: string): string => `${cluster}-control-plane`;

/**
 * Stops the API server while `during` runs: the kubelet runs what has a manifest. Returns when it answers again.
 * The client pod is asked by way of the API server, so `during` cannot ask it.
 */
export async function withoutApiServer<T>(scene: Scene, during: () => Promise<T>): Promise<T> {
  const node = controlPlane(scene.cluster.name);
  try {
    await onNode(node, 'mv', MANIFEST, AWAY);
    await until('the API server has stopped', TIMEOUT, async () => !(await isReady(scene)));
    return await during();
  } finally {
    await restoreApiServer(scene.cluster.name);
    await until('the API server answers again', TIMEOUT, () => isReady(scene));
  }
}

/** Puts the API server's manifest back where it was moved away; returns whether it was. */
export async function restoreApiServer(cluster: string): Promise<boolean> {
  const node = controlPlane(cluster);
  const found = await onNode(node, 'find', AWAY, '-maxdepth', '0').catch(() => '');
  if (found === '') return false;
  await onNode(node, 'mv', AWAY, MANIFEST);
  return true;
}

async function isReady(scene: Scene): Promise<boolean> {
  return scene.api.text('GET', '/readyz', { timeout: 2000 }).then(
    () => true,
    () => false,
  );
}
