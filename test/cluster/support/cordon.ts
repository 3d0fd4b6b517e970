import type { List, Metadata } from '../../../scripts/release/objects.ts';
import type { Scene } from './scene.ts';

const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';

interface Node {
  metadata: Metadata;
  spec: { unschedulable?: boolean };
}

async function nodes(at: Scene): Promise<Node[]> {
  const { items } = await at.api.json<List<Node>>('GET', '/api/v1/nodes');
  return items;
}

/**
 * Lets no pod start on the nodes while `during` runs: what runs goes on, what is deleted stays Pending unless
 * another node can take it. Takes its cordons away in any case, and none that were there before.
 */
export async function withNodesCordoned<T>(
  at: Scene,
  names: readonly string[],
  during: () => Promise<T>,
): Promise<T> {
  const open = (await nodes(at))
    .filter(({ metadata, spec }) => names.includes(metadata.name) && spec.unschedulable !== true)
    .map(({ metadata }) => metadata.name);
  try {
    if (open.length > 0) await at.kubectl('cordon', ...open);
    return await during();
  } finally {
    if (open.length > 0) await at.kubectl('uncordon', ...open);
  }
}

/** The same for every worker: the cheapest loss of a member that lasts. */
export async function withWorkersCordoned<T>(at: Scene, during: () => Promise<T>): Promise<T> {
  const workers = (await nodes(at)).filter(({ metadata }) => metadata.labels?.[CONTROL_PLANE] === undefined);
  return withNodesCordoned(
    at,
    workers.map(({ metadata }) => metadata.name),
    during,
  );
}

/** Lets pods start on one node alone while `during` runs, so that a new volume is on that node. */
export async function withOnlyNode<T>(at: Scene, node: string, during: () => Promise<T>): Promise<T> {
  const others = (await nodes(at)).map(({ metadata }) => metadata.name).filter(name => name !== node);
  return withNodesCordoned(at, others, during);
}
