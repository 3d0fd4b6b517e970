import { nodesOf } from './node-shell.ts';
import { dropPackets, passPackets } from './packets.ts';
import type { Scene } from './scene.ts';

// Before kube-proxy turns the Service's address into a pod's.
const chain =
  'chain before { type filter hook prerouting priority -300; udp dport 53 drop; tcp dport 53 drop; }';

/** Has every pod's question for a name go unanswered while `during` runs. */
export async function withoutDns<T>(scene: Scene, during: () => Promise<T>): Promise<T> {
  const nodes = await nodesOf(scene.cluster.name);
  try {
    await Promise.all(nodes.map(node => dropPackets(node, [chain])));
    return await during();
  } finally {
    await Promise.all(nodes.map(passPackets));
  }
}
