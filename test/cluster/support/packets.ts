// Packets that a node drops: one nftables table of our own, which goes as a whole.
import { feedNode, onNode } from './node-shell.ts';

const TABLE = 'etcd_chart_fault';

/** Has a node drop what the chains of nftables match; one such table per node at a time. */
export async function dropPackets(node: string, chains: readonly string[]): Promise<void> {
  await feedNode(`table inet ${TABLE} {\n${chains.join('\n')}\n}\n`, node, 'nft', '--file', '-');
}

/** Has a node drop nothing any more; nothing to undo is right, too. */
export async function passPackets(node: string): Promise<void> {
  const tables = await onNode(node, 'nft', 'list', 'tables');
  if (tables.includes(TABLE)) await onNode(node, 'nft', 'delete', 'table', 'inet', TABLE);
}
