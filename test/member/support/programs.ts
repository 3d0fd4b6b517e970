import { accessSync, constants, rmSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { tool } from '../../../scripts/tools/tool.ts';

/** The etcd minors that the chart supports. */
export type EtcdMinor = '3.5' | '3.6' | '3.7';

function onPath(program: string): string | undefined {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const candidate = join(directory, program);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not in this directory.
    }
  }
  return undefined;
}

function busyboxPath(): string {
  const path = onPath('busybox');
  if (path !== undefined) return path;
  throw new Error(
    'busybox is not on PATH, and the chart runs its scripts with it: install it (Debian, Ubuntu: apt-get install busybox-static)',
  );
}

async function link(directory: string, minor: EtcdMinor): Promise<void> {
  const busybox = busyboxPath();
  const { stdout } = await execa(busybox, ['--list']);
  const [kubectl, etcd, etcdctl] = await Promise.all([
    tool('kubectl'),
    tool('etcd', { version: minor }),
    tool('etcdctl', { version: minor }),
  ]);
  const links: Record<string, string> = Object.fromEntries(stdout.split('\n').map(name => [name, busybox]));
  // Debian's busybox leaves this applet out, the official image has it.
  const flock = links.flock ?? onPath('flock');
  if (flock === undefined) throw new Error('neither busybox nor PATH has flock: install util-linux');
  Object.assign(links, { busybox, flock, kubectl, etcd, etcdctl });
  await Promise.all(Object.entries(links).map(([name, path]) => symlink(path, join(directory, name))));
}

const made = new Map<EtcdMinor, Promise<string>>();
process.on('exit', () => {
  for (const minor of made.keys()) rmSync(directoryOf(minor), { recursive: true, force: true });
});

function directoryOf(minor: EtcdMinor): string {
  return join(tmpdir(), `etcd-chart-programs-${process.pid}-${minor}`);
}

/**
 * Returns a directory with what a pod of the chart has on its PATH and nothing else: a link for each busybox
 * applet, the pinned kubectl, and etcd and etcdctl of one minor. Throws when one cannot be had.
 */
export function programs(minor: EtcdMinor): Promise<string> {
  const existing = made.get(minor);
  if (existing !== undefined) return existing;
  const directory = directoryOf(minor);
  const making = mkdir(directory)
    .then(() => link(directory, minor))
    .then(() => directory);
  made.set(minor, making);
  return making;
}
