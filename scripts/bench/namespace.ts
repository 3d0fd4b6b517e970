import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from '../cluster/kubectl.ts';
import { apiOf } from '../release/api.ts';
import { deleteNamespace, makeNamespace } from '../release/namespace.ts';
import type { List, Metadata } from '../release/objects.ts';

const LABEL = 'etcd-chart/bench';
const TIMEOUT = 120_000;

/** Makes a namespace under Pod Security `restricted`; returns its name. Throws as the API does. */
export async function createNamespace(cluster: Access, name: string): Promise<string> {
  const namespace = `bench-${name}-${Date.now().toString(36)}`;
  await makeNamespace(cluster, namespace, { labels: { [LABEL]: 'true' } });
  return namespace;
}

/**
 * Deletes a namespace and waits for the end, volumes included, so that one round's cleaning up does not slow
 * down the next. Throws after two minutes.
 */
export async function removeNamespace(cluster: Access, namespace: string): Promise<void> {
  await deleteNamespace(cluster, namespace);
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
