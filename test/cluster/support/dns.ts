import { dropPackets, passPackets } from './packets.ts';
import type { Scene } from './scene.ts';

/** Has every question of these pods for a name go unanswered while `during` runs; others go on getting answers. */
export async function withoutDns<T>(
  scene: Scene,
  names: readonly string[],
  during: () => Promise<T>,
): Promise<T> {
  const pods = await Promise.all(names.map(name => scene.pod(name)));
  const nodes = [...new Set(pods.map(({ spec }) => spec.nodeName ?? ''))];
  const rules = pods.flatMap(({ status: { podIP = '' } }) => {
    const from = `${podIP.includes(':') ? 'ip6' : 'ip'} saddr ${podIP}`;
    return ['udp', 'tcp'].map(protocol => `${from} ${protocol} dport 53 drop;`);
  });
  // Before kube-proxy turns the Service's address into a pod's.
  const chain = `chain before { type filter hook prerouting priority -300; ${rules.join(' ')} }`;
  try {
    await Promise.all(nodes.map(node => dropPackets(node, [chain])));
    return await during();
  } finally {
    await Promise.all(nodes.map(passPackets));
  }
}
