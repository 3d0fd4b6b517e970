import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from '../cluster/kubectl.ts';
import { apiOf } from '../release/api.ts';
import type { List, Metadata } from '../release/objects.ts';

const LABEL = 'etcd-chart/bench';
const TIMEOUT = 120_000;

/** Makes a namespace under Pod Security `restricted`; returns its name. Throws as the API does. */
export async function createNamespace(cluster: Access, name: string): Promise<string> {
  const api = await apiOf(cluster);
  const namespace = `bench-${name}-${Date.now().toString(36)}`;
  const labels = { [LABEL]: 'true', 'pod-security.kubernetes.io/enforce': 'restricted' };
  await api.text('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace, labels } } });
  return namespace;
}

/**
 * Deletes a namespace and waits for the end, volumes included, so that one round's cleaning up does not slow
 * down the next. The pods go at once: nobody needs their data any more. Throws after two minutes.
 */
export async function removeNamespace(cluster: Access, namespace: string): Promise<void> {
  const api = await apiOf(cluster);
  await api.remove(`/apis/apps/v1/namespaces/${namespace}/statefulsets`);
  await api.remove(`/api/v1/namespaces/${namespace}/pods?gracePeriodSeconds=0`);
  await api.remove(`/api/v1/namespaces/${namespace}`);
  const end = performance.now() + TIMEOUT;
  while (await goesOn(cluster, namespace)) {
    if (performance.now() > end)
      throw new Error(`namespace ${namespace} or its volumes are still there after 2 minutes`);
    await sleep(500);
  }
}

/** Deletes what an interrupted bench has left. Throws as `removeNamespace` does. */
export async function sweepNamespaces(cluster: Access): Promise<void> {
  const api = await apiOf(cluster);
  const path = `/api/v1/namespaces?labelSelector=${encodeURIComponent(LABEL)}`;
  const { items } = await api.json<List<{ metadata: Metadata }>>('GET', path);
  await Promise.all(items.map(({ metadata }) => removeNamespace(cluster, metadata.name)));
}

async function goesOn(cluster: Access, namespace: string): Promise<boolean> {
  const api = await apiOf(cluster);
  if (await api.find(`/api/v1/namespaces/${namespace}`)) return true;
  const { items } = await api.json<List<{ spec: { claimRef?: { namespace?: string } } }>>(
    'GET',
    '/api/v1/persistentvolumes',
  );
  return items.some(({ spec }) => spec.claimRef?.namespace === namespace);
}
