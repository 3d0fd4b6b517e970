import type { Claim } from '../../../scripts/release/objects.ts';
import { withNodesCordoned } from './cordon.ts';
import { onNode } from './node-shell.ts';
import type { Scene } from './scene.ts';

/** Where a pod's volume is: a directory on one node. */
export interface VolumeDirectory {
  node: string;
  path: string;
}

interface PersistentVolume {
  spec: {
    local?: { path: string };
    hostPath?: { path: string };
    nodeAffinity?: {
      required?: { nodeSelectorTerms: { matchExpressions?: { key: string; values?: string[] }[] }[] };
    };
  };
}

/** The directory behind a pod's claim. Throws when the volume is not a directory of one node. */
export async function volumeOf(scene: Scene, pod: string): Promise<VolumeDirectory> {
  const claim = await scene.api.json<Claim>('GET', scene.core(`persistentvolumeclaims/data-${pod}`));
  const name = claim.spec.volumeName ?? '';
  const { spec } = await scene.api.json<PersistentVolume>('GET', `/api/v1/persistentvolumes/${name}`);
  const path = spec.local?.path ?? spec.hostPath?.path;
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const node = terms
    .flatMap(({ matchExpressions = [] }) => matchExpressions)
    .find(({ key }) => key === 'kubernetes.io/hostname')?.values?.[0];
  if (path === undefined || node === undefined) {
    throw new Error(`the volume ${name} of ${pod} is no directory of one node: ${JSON.stringify(spec)}`);
  }
  return { node, path };
}

/**
 * Deletes pods, keeps their successors from starting while `work` runs, and then lets them start. Volumes here
 * are on one node each, so a node that takes no pods is enough.
 */
export async function whileStopped<T>(
  scene: Scene,
  pods: readonly string[],
  work: (volumes: readonly VolumeDirectory[]) => Promise<T>,
): Promise<T> {
  const volumes = await Promise.all(pods.map(pod => volumeOf(scene, pod)));
  const nodes = [...new Set(volumes.map(({ node }) => node))];
  return withNodesCordoned(scene, nodes, async () => {
    await scene.kubectl('delete', 'pod', ...pods, '--wait=true');
    return await work(volumes);
  });
}

/** A copy of the whole volume beside it on its node, as it is at this moment. Returns where the copy is. */
export async function copyVolume({ node, path }: VolumeDirectory): Promise<string> {
  const copy = `${path}.copy`;
  await onNode(node, 'cp', '--archive', '--sparse=always', path, copy);
  return copy;
}

/** Removes a copy. */
export async function removeCopy({ node }: VolumeDirectory, copy: string): Promise<void> {
  await onNode(node, 'rm', '--recursive', '--force', copy);
}

/** Puts a copy in the place of the volume's content. */
export async function putBack({ node, path }: VolumeDirectory, copy: string): Promise<void> {
  await onNode(node, 'find', path, '-mindepth', '1', '-delete');
  await onNode(node, 'cp', '--archive', '--sparse=always', `${copy}/.`, path);
}

/** Cuts a volume's newest write-ahead log to so many bytes, as a damaged file system does. Returns its path. */
export async function truncateLog({ node, path }: VolumeDirectory, bytes: number): Promise<string> {
  const found = await onNode(
    node,
    'find',
    path,
    '-path',
    '*/member/wal/*.wal',
    '-not',
    '-path',
    '*/archive/*',
  );
  const newest = found.split('\n').filter(Boolean).sort().at(-1);
  if (newest === undefined) throw new Error(`there is no write-ahead log below ${path} on ${node}`);
  await onNode(node, 'truncate', `--size=${bytes}`, newest);
  return newest;
}
