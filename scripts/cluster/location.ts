import { join } from 'node:path';
import { cacheDir } from '../cache.ts';
import type { Access } from './kubectl.ts';

/** Where one local cluster is found, and the files about it in the cache. */
export interface Location extends Access {
  name: string;
  /** Locked while the cluster is made or deleted. */
  lock: string;
  /** There while kind works: tells a half-made cluster from somebody else's. */
  unfinished: string;
}

/** Returns where the cluster `name` is found, whether it exists or not. */
export function locationOf(name: string): Location {
  const directory = cacheDir('cluster');
  return {
    name,
    kubeconfig: join(directory, `${name}.kubeconfig`),
    context: `kind-${name}`,
    lock: join(directory, name),
    unfinished: join(directory, `${name}.unfinished`),
  };
}
