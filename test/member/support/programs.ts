import { accessSync, constants, rmSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { tool } from '../../../scripts/tools/tool.ts';

/** The chart's scripts as they are in the repository. */
export const scripts = fileURLToPath(new URL('../../../chart/scripts/', import.meta.url));

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
  const [kubectl, etcd, etcdctl, etcdutl] = await Promise.all([
    tool('kubectl'),
    tool('etcd', { version: minor }),
    tool('etcdctl', { version: minor }),
    tool('etcdutl', { version: minor }),
  ]);
  const links: Record<string, string> = Object.fromEntries(stdout.split('\n').map(name => [name, busybox]));
  // Debian's busybox leaves this applet out, the official image has it.
  const flock = links.flock ?? onPath('flock');
  if (flock === undefined) throw new Error('neither busybox nor PATH has flock: install util-linux');
  Object.assign(links, { busybox, flock, kubectl, etcd, etcdctl, etcdutl });
  await Promise.all(Object.entries(links).map(([name, path]) => symlink(path, join(directory, name))));
}

const made = new Map<string, Promise<string>>();
process.on('exit', () => {
  for (const name of made.keys()) rmSync(directoryOf(name), { recursive: true, force: true });
});

function directoryOf(name: string): string {
  return join(tmpdir(), `etcd-chart-programs-${process.pid}-${name}`);
}

/** Returns a directory of this name that `fill` has filled once; it ends with the process. Throws as `fill` does. */
export function onceFor(name: string, fill: (directory: string) => Promise<void>): Promise<string> {
  const existing = made.get(name);
  if (existing !== undefined) return existing;
  const directory = directoryOf(name);
  const making = mkdir(directory)
    .then(() => fill(directory))
    .then(() => directory);
  made.set(name, making);
  return making;
}

/**
 * Returns a directory with what a pod of the chart has on its PATH and nothing else: a link for each busybox
 * applet, the pinned kubectl, and etcd, etcdctl and etcdutl of one minor. Throws when one cannot be had.
 */
export function programs(minor: EtcdMinor): Promise<string> {
  return onceFor(minor, directory => link(directory, minor));
}
