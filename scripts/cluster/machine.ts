import { readFile, statfs } from 'node:fs/promises';

/** What this machine withholds from the containers that it starts. */
export interface Limits {
  /** A process here may lower its limits and raise its OOM score, never the other way. */
  noSysResource: boolean;
  /** Hard limits of this process, which a container cannot exceed without that capability. */
  openFiles: number;
  processes: number;
}

const capSysResource = 24n;

/** Returns the limits of this process; on another system than Linux none, because a virtual machine runs the containers. */
export async function machineLimits(): Promise<Limits> {
  if (process.platform !== 'linux') {
    return { noSysResource: false, openFiles: Number.POSITIVE_INFINITY, processes: Number.POSITIVE_INFINITY };
  }
  const [status, limits, pidMax] = await Promise.all([
    readFile('/proc/self/status', 'utf8'),
    readFile('/proc/self/limits', 'utf8'),
    readFile('/proc/sys/kernel/pid_max', 'utf8'),
  ]);
  const [, effective] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  const capabilities = BigInt(`0x${effective ?? '0'}`);
  return {
    noSysResource: (capabilities & (1n << capSysResource)) === 0n,
    openFiles: hardLimit(limits, 'Max open files'),
    // Podman lowers its own limit to pid_max before it starts a container.
    processes: Math.min(hardLimit(limits, 'Max processes'), Number(pidMax)),
  };
}

function hardLimit(limits: string, name: string): number {
  const line = limits.split('\n').find(line => line.startsWith(name)) ?? '';
  const [, hard] = line.slice(name.length).trim().split(/\s+/);
  return hard === undefined || hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}

/** Throws an error with the remedy when the file system of `directory` has less than `bytes` left for this user. */
export async function requireSpace(directory: string, bytes: number, purpose: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new Error(
    `${directory}: ${gibibytes(free)} free, and ${purpose} needs ${gibibytes(bytes)}. Free some space, or set XDG_CACHE_HOME to a directory on a larger disk.`,
  );
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
