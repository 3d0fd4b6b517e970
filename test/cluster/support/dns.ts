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
