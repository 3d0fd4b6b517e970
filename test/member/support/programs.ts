import { rmSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureProgram } from '../../../scripts/debian-packages.ts';
import { applets } from '../../../scripts/images/busybox.ts';
import { type LocalBusybox, localBusybox } from '../../../scripts/images/local-busybox.ts';
import { tool } from '../../../scripts/tools/tool.ts';

/** The chart's scripts as they are in the repository. */
export const scripts = fileURLToPath(new URL('../../../chart/scripts/', import.meta.url));

/** The etcd minors that the chart supports. */
export type EtcdMinor = '3.5' | '3.6' | '3.7';

/** Returns the busybox that runs the chart's scripts, the official one if there is a way to it; see `localBusybox`. */
export function theBusybox(): Promise<LocalBusybox> {
  busyboxOnce ??= localBusybox({ report: console.log });
  return busyboxOnce;
}
let busyboxOnce: Promise<LocalBusybox> | undefined;

async function link(directory: string, minor: EtcdMinor): Promise<void> {
  const { path: busybox } = await theBusybox();
  const names = await applets(busybox);
  const [kubectl, etcd, etcdctl, etcdutl] = await Promise.all([
    tool('kubectl'),
    tool('etcd', { version: minor }),
    tool('etcdctl', { version: minor }),
    tool('etcdutl', { version: minor }),
  ]);
  const links: Record<string, string> = Object.fromEntries(names.map(name => [name, busybox]));
  // Debian's busybox leaves this applet out, the official image has it.
  const flock = links.flock ?? (await ensureProgram('flock', "to lock volumes, as the chart's scripts do"));
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
