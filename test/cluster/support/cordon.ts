import type { List, Metadata } from '../../../scripts/release/objects.ts';
import type { Scene } from './scene.ts';

const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';

/**
 * Lets no pod start on any worker while `during` runs: what runs goes on, what is deleted stays Pending. The
 * cheapest loss of a member that lasts. Takes the cordons away in any case.
 */
export async function withWorkersCordoned(at: Scene, during: () => Promise<void>): Promise<void> {
  const { items } = await at.api.json<List<{ metadata: Metadata }>>('GET', '/api/v1/nodes');
  const workers = items
    .filter(({ metadata }) => metadata.labels?.[CONTROL_PLANE] === undefined)
    .map(({ metadata }) => metadata.name);
  await at.kubectl('cordon', ...workers);
  try {
    await during();
  } finally {
    await at.kubectl('uncordon', ...workers);
  }
}
