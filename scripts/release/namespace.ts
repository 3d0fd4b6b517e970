import type { Access } from '../cluster/kubectl.ts';
import { apiOf } from './api.ts';

/** Makes a namespace under Pod Security `restricted`. Throws as the API does, also when there is one of that name. */
export async function makeNamespace(
  cluster: Access,
  name: string,
  { labels, annotations = {} }: { labels: Record<string, string>; annotations?: Record<string, string> },
): Promise<void> {
  const api = await apiOf(cluster);
  const restricted = { ...labels, 'pod-security.kubernetes.io/enforce': 'restricted' };
  await api.text('POST', '/api/v1/namespaces', {
    body: { metadata: { name, labels: restricted, annotations } },
  });
}

/**
 * Has Kubernetes delete a namespace with all that is in it; does not wait for the end. The pods go at once: nobody
 * needs their data any more, and members that leave one another in good order would take what follows its time.
 */
export async function deleteNamespace(cluster: Access, name: string): Promise<void> {
  const api = await apiOf(cluster);
  await api.remove(`/apis/apps/v1/namespaces/${name}/statefulsets`);
  await api.remove(`/api/v1/namespaces/${name}/pods?gracePeriodSeconds=0`);
  await api.remove(`/api/v1/namespaces/${name}`);
}
