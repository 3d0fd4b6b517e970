import { hostname } from 'node:os';
import type { Access } from '../../../scripts/cluster/kubectl.ts';
import type { Report } from '../../../scripts/progress.ts';
import { apiOf } from '../../../scripts/release/api.ts';
import type { List, Metadata } from '../../../scripts/release/objects.ts';

const LABEL = 'etcd-chart/test';
const RUN = 'etcd-chart/test-run';

/** With KEEP=1 the namespaces stay for a person to look at, until the next run sweeps them. */
export const keepsNamespaces = process.env.KEEP === '1';

/** Makes a namespace of its own for a scenario, under Pod Security `restricted`; returns its name. */
export async function createNamespace(cluster: Access, scenario: string): Promise<string> {
  const api = await apiOf(cluster);
  const name = `test-${scenario}-${Date.now().toString(36)}`;
  const labels = { [LABEL]: 'true', 'pod-security.kubernetes.io/enforce': 'restricted' };
  const annotations = { [RUN]: `${process.pid}@${hostname()}` };
  await api.text('POST', '/api/v1/namespaces', { body: { metadata: { name, labels, annotations } } });
  return name;
}

/**
 * Has Kubernetes delete a namespace with all that is in it; does not wait for the end. The pods go at once: nobody
 * needs their data any more, and members that leave one another in good order would take the next scenario's time.
 */
export async function deleteNamespace(cluster: Access, name: string): Promise<void> {
  const api = await apiOf(cluster);
  await api.remove(`/apis/apps/v1/namespaces/${name}/statefulsets`);
  await api.remove(`/api/v1/namespaces/${name}/pods?gracePeriodSeconds=0`);
  await api.remove(`/api/v1/namespaces/${name}`);
}

/** Deletes the namespaces of this machine's runs that are over. */
export async function sweepNamespaces(cluster: Access, report: Report): Promise<void> {
  const api = await apiOf(cluster);
  const path = `/api/v1/namespaces?labelSelector=${encodeURIComponent(LABEL)}`;
  const { items } = await api.json<List<{ metadata: Metadata }>>('GET', path);
  for (const { metadata } of items) {
    if (metadata.deletionTimestamp || goesOn(metadata.annotations?.[RUN])) continue;
    report(`deleting the namespace ${metadata.name} of a former run`);
    await deleteNamespace(cluster, metadata.name);
  }
}

/** Whether a run may still be going on: its process lives, or is another machine's. */
function goesOn(run: string | undefined): boolean {
  const [pid, host] = run?.split('@') ?? [];
  if (host !== hostname()) return true;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}
