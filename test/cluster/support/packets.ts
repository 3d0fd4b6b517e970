// Packets that a node drops: one nftables table of our own, which goes as a whole.
import { feedNode, onNode } from './node-shell.ts';
import type { Scene } from './scene.ts';

const TABLE = 'etcd_chart_fault';

/** A chain of nftables for packets on their way in, before kube-proxy turns a Service's address into a pod's. */
export const beforeServices = (rules: readonly string[]): string =>
  `chain before { type filter hook prerouting priority -300; ${rules.join(' ')} }`;

/** What nftables calls the family of an address. */
export const familyOf = (address: string): 'ip' | 'ip6' => (address.includes(':') ? 'ip6' : 'ip');

/** Where pods are: their nodes and addresses. Throws for a pod that has none yet. */
export async function placesOf(
  scene: Scene,
  names: readonly string[],
): Promise<{ nodes: string[]; addresses: string[] }> {
  const places = await Promise.all(
    names.map(async name => {
      const { spec, status } = await scene.pod(name);
      if (spec.nodeName === undefined || status.podIP === undefined)
        throw new Error(`the pod ${name} has no node or no address`);
      return { node: spec.nodeName, address: status.podIP };
    }),
  );
  return { nodes: places.map(({ node }) => node), addresses: places.map(({ address }) => address) };
}

/** Has nodes drop what a chain of nftables says, while `during` runs; one such chain per node at a time. */
export async function whileDropping<T>(
  on: readonly string[],
  chain: string,
  during: () => Promise<T>,
): Promise<T> {
  const nodes = [...new Set(on)];
  try {
    await Promise.all(
      nodes.map(node => feedNode(`table inet ${TABLE} {\n${chain}\n}\n`, node, 'nft', '--file', '-')),
    );
    return await during();
  } finally {
    await Promise.all(nodes.map(passPackets));
  }
}

/** Has a node drop nothing any more; nothing to undo is right, too. */
export async function passPackets(node: string): Promise<void> {
  const tables = await onNode(node, 'nft', 'list', 'tables');
  if (tables.includes(TABLE)) await onNode(node, 'nft', 'delete', 'table', 'inet', TABLE);
}
