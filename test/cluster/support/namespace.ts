import { hostname } from 'node:os';
import type { Access } from '../../../scripts/cluster/kubectl.ts';
import type { Report } from '../../../scripts/progress.ts';
import { apiOf } from '../../../scripts/release/api.ts';
import { deleteNamespace, makeNamespace } from '../../../scripts/release/namespace.ts';
import type { List, Metadata } from '../../../scripts/release/objects.ts';

const LABEL = 'etcd-chart/test';
const RUN = 'etcd-chart/test-run';

/** With KEEP=1 the namespaces stay for a person to look at, until the next run sweeps them. */
export const keepsNamespaces = process.env.KEEP === '1';

/** Makes a namespace of its own for a scenario, under Pod Security `restricted`; returns its name. */
export async function createNamespace(cluster: Access, scenario: string): Promise<string> {
  const name = `test-${scenario}-${Date.now().toString(36)}`;
  const annotations = { [RUN]: `${process.pid}@${hostname()}` };
  await makeNamespace(cluster, name, { labels: { [LABEL]: 'true' }, annotations });
  return name;
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
