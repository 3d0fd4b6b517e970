import { etcdOf, type NodeProcess } from './node.ts';
import { feedNode, onNode } from './node-shell.ts';
import type { Scene } from './scene.ts';
import { volumeOf } from './volume-directory.ts';

/** Where the kernel takes a limit for one process's group, and how it is written there and taken away. */
interface Throttle {
  node: string;
  file: string;
  limited(writes: number): string;
  free: string;
}

/** Has the disk take so many writes a second from a pod's etcd, and no more, while `during` runs. */
export async function withSlowDisk<T>(
  scene: Scene,
  pod: string,
  writes: number,
  during: () => Promise<T>,
): Promise<T> {
  const process = await etcdOf(scene, pod);
  const { node, path } = await volumeOf(scene, pod);
  const { file, limited, free } = await throttleOf(process, await diskOf(node, path));
  try {
    await feedNode(limited(writes), node, 'tee', file);
    return await during();
  } finally {
    await feedNode(free, node, 'tee', file);
  }
}

/** The whole disk below a path as major:minor: the kernel limits disks, not their parts. */
async function diskOf(node: string, path: string): Promise<string> {
  const device = (
    await onNode(node, 'findmnt', '--noheadings', '--output', 'MAJ:MIN', '--target', path)
  ).trim();
  const isPart = await onNode(node, 'cat', `/sys/dev/block/${device}/partition`).then(
    () => true,
    () => false,
  );
  return isPart ? (await onNode(node, 'cat', `/sys/dev/block/${device}/../dev`)).trim() : device;
}

async function throttleOf({ node, pid }: NodeProcess, disk: string): Promise<Throttle> {
  const groups = await onNode(node, 'cat', `/proc/${pid}/cgroup`);
  const [, old] = /^\d+:blkio:(.*)$/m.exec(groups) ?? [];
  if (old !== undefined) {
    const file = `/sys/fs/cgroup/blkio${old}/blkio.throttle.write_iops_device`;
    return { node, file, limited: writes => `${disk} ${writes}\n`, free: `${disk} 0\n` };
  }
  const [, path = ''] = /^0::(.*)$/m.exec(groups) ?? [];
  const file = `/sys/fs/cgroup${path}/io.max`;
  return { node, file, limited: writes => `${disk} wiops=${writes}\n`, free: `${disk} wiops=max\n` };
}
