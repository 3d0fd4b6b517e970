import type { ConfigMap } from '../../../scripts/release/objects.ts';
import { beforeServices, familyOf, placesOf, whileDropping } from './packets.ts';
import type { Scene } from './scene.ts';

/** Has every question of these pods for a name go unanswered while `during` runs; others go on getting answers. */
export async function withoutDns<T>(
  scene: Scene,
  names: readonly string[],
  during: () => Promise<T>,
): Promise<T> {
  const { nodes, addresses } = await placesOf(scene, names);
  const rules = addresses.flatMap(address =>
    ['udp', 'tcp'].map(protocol => `${familyOf(address)} saddr ${address} ${protocol} dport 53 drop;`),
  );
  return whileDropping(nodes, beforeServices(rules), during);
}

/**
 * Has the cluster's DNS answer every question for an IPv6 address with NXDOMAIN while `during` runs, as the advice of some
 * providers does. It is the DNS of the whole cluster.
 */
export async function withoutAaaa<T>(scene: Scene, during: () => Promise<T>): Promise<T> {
  const path = '/api/v1/namespaces/kube-system/configmaps/coredns';
  const { data = {} } = await scene.api.json<ConfigMap>('GET', path);
  const { Corefile = '' } = data;
  const answer = async (corefile: string): Promise<void> => {
    await scene.kubectl(
      ...['--namespace', 'kube-system', 'patch', 'configmap', 'coredns', '--type=merge'],
      ...['-p', JSON.stringify({ data: { Corefile: corefile } })],
    );
    await scene.kubectl('--namespace', 'kube-system', 'rollout', 'restart', 'deployment/coredns');
    await scene.kubectl(
      ...['--namespace', 'kube-system', 'rollout', 'status', 'deployment/coredns', '--timeout=120s'],
    );
  };
  await answer(
    Corefile.replace('\n    errors', '\n    template IN AAAA {\n        rcode NXDOMAIN\n    }\n    errors'),
  );
  try {
    return await during();
  } finally {
    await answer(Corefile);
  }
}
