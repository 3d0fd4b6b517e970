// A disk of its own under one volume, small enough to be filled and free to be made read-only: a file system in
// memory over the volume's directory. Whoever starts a container after that finds it there.
import { onNode } from './node-shell.ts';
import type { VolumeDirectory } from './volume-directory.ts';

/** Its name in the node's table of mounts. */
const DISK = 'etcd-chart-fault';
/** Room for a log file of 64 MB, which etcd allocates at once, and the next. */
const SIZE = '192m';

/** Puts a volume whose pod is stopped on such a disk, with what it holds. */
export async function mountDisk({ node, path }: VolumeDirectory): Promise<void> {
  const staging = `${path}.disk`;
  await onNode(node, 'mkdir', staging);
  await onNode(node, 'mount', '-t', 'tmpfs', '-o', `size=${SIZE},mode=0777`, DISK, staging);
  // Files that etcd gave their size keep their room.
  await onNode(node, 'cp', '--archive', '--sparse=never', `${path}/.`, staging);
  await onNode(node, 'mount', '--bind', staging, path);
  await onNode(node, 'umount', staging);
  await onNode(node, 'rmdir', staging);
}

/** Takes a volume off its disk; what was written to the disk is lost with the last pod that uses it. */
export async function unmountDisk({ node, path }: VolumeDirectory): Promise<void> {
  await onNode(node, 'umount', '--lazy', path);
}

/** Fills a disk to the last block. */
export async function fillDisk({ node, path }: VolumeDirectory): Promise<void> {
  for (const size of ['1M', '4k']) {
    // It ends with the error that there is no space left, which is the aim.
    await onNode(node, 'dd', 'if=/dev/zero', `of=${path}/fill-${size}`, `bs=${size}`).catch(() => '');
  }
}

/** Takes away what `fillDisk` left. */
export async function clearDisk({ node, path }: VolumeDirectory): Promise<void> {
  await onNode(node, 'find', path, '-maxdepth', '1', '-name', 'fill-*', '-delete');
}

/** Makes a disk read-only, or writable again. Fails while a file on it is open for writing. */
export async function setReadOnly({ node, path }: VolumeDirectory, readOnly: boolean): Promise<void> {
  await onNode(node, 'mount', '-o', `remount,${readOnly ? 'ro' : 'rw'}`, path);
  // The disk alone: a container would keep what it got of this mount, also when the disk is well again.
  if (readOnly) await onNode(node, 'mount', '-o', 'remount,bind,rw', path);
}

/** Takes away every such disk of a node. */
export async function unmountDisks(node: string): Promise<void> {
  const mounts = await onNode(node, 'cat', '/proc/mounts');
  for (const mount of mounts.split('\n')) {
    const [source, path = ''] = mount.split(' ');
    // A container's own view of it goes with the container.
    if (source === DISK && !path.startsWith('/run/')) await onNode(node, 'umount', '--lazy', path);
  }
}
