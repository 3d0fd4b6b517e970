import type { Access } from '../cluster/kubectl.ts';
import { waitForVoters } from '../release/voters.ts';
import { createNamespace, removeNamespace } from './namespace.ts';

const TIMEOUT = 120_000;

/**
 * Seconds from before `install` until the StatefulSet `set` has three healthy voters, in a namespace of its own
 * that goes afterwards. Throws what `install` throws, and the set's state after two minutes.
 */
export async function installTime(
  cluster: Access,
  name: string,
  set: string,
  install: (namespace: string) => Promise<unknown>,
): Promise<number> {
  const namespace = await createNamespace(cluster, name);
  try {
    const began = performance.now();
    await install(namespace);
    await waitForVoters({ cluster, namespace, set, count: 3, timeout: TIMEOUT });
    return (performance.now() - began) / 1000;
  } finally {
    await removeNamespace(cluster, namespace);
  }
}
