import type { List } from '../../../scripts/release/objects.ts';
import { beforeServices, familyOf, whileDropping } from './packets.ts';
import type { Scene } from './scene.ts';

interface Service {
  spec: { clusterIPs?: string[] };
}

/**
 * Has every Service's address lead nowhere for the pods of a node while `during` runs, the API server's and the name
 * server's among them: as if kube-proxy and its rules were gone.
 */
export async function withoutServices<T>(scene: Scene, node: string, during: () => Promise<T>): Promise<T> {
  const { items } = await scene.api.json<List<Service>>('GET', '/api/v1/services');
  const addresses = items.flatMap(({ spec }) => spec.clusterIPs ?? []).filter(address => address !== 'None');
  const rules = addresses.map(address => `${familyOf(address)} daddr ${address} drop;`);
  return whileDropping([node], beforeServices(rules), during);
}
