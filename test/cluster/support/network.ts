import { familyOf, placesOf, whileDropping } from './packets.ts';
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
  const { nodes, addresses } = await placesOf(scene, [pod]);
  const rules = addresses.flatMap(address =>
    matches[direction].map(field => `${familyOf(address)} ${field} ${address} drop;`),
  );
  const chain = `chain forward { type filter hook forward priority -10; ${rules.join(' ')} }`;
  return whileDropping(nodes, chain, during);
}
