import { dropPackets, passPackets } from './packets.ts';
import type { Scene } from './scene.ts';

/** Which packets of a pod get lost: those to it, those from it, or both. */
export type Direction = 'both' | 'in' | 'out';

const matches = { in: ['daddr'], out: ['saddr'], both: ['daddr', 'saddr'] } as const;

/**
 * Cuts a pod off from everything but its own node, in one direction or both, while `during` runs. The kubelet
 * is on that node, so probes go on.
 */
export async function whileCutOff<T>(
  scene: Scene,
  pod: string,
  direction: Direction,
  during: () => Promise<T>,
): Promise<T> {
  const { spec, status } = await scene.pod(pod);
  const { nodeName: node } = spec;
  const { podIP: address } = status;
  if (node === undefined || address === undefined)
    throw new Error(`the pod ${pod} has no node or no address`);
  const family = address.includes(':') ? 'ip6' : 'ip';
  const rules = matches[direction].map(field => `${family} ${field} ${address} drop;`);
  try {
    await dropPackets(node, [`chain forward { type filter hook forward priority -10; ${rules.join(' ')} }`]);
    return await during();
  } finally {
    await passPackets(node);
  }
}
