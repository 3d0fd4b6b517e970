import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, cacheEntry } from '../cache.ts';
import { run } from '../cluster/containers.ts';
import { workingRuntime } from '../cluster/runtime.ts';
import { pull } from '../cluster/stock-image.ts';
import { ensureProgram } from '../debian-packages.ts';
import type { Report } from '../progress.ts';
import { builtBusybox, busybox, busyboxVersion } from './busybox.ts';

export interface LocalBusybox {
  path: string;
  /** The one of the official image, or built like it; otherwise the one that the machine provides. */
  official: boolean;
}

/** A way to the official busybox. */
export interface Way {
  name: string;
  find(report?: Report): Promise<string>;
}

export interface LocalBusyboxOptions {
  report?: Report | undefined;
  /** Tried in this order; a test's own otherwise. */
  ways?: readonly Way[];
}

/**
 * Returns a busybox that runs the chart's scripts on this machine: the one of the official image, pulled or built once
 * and kept in the cache, or, if there is no way to it, the one on PATH. Throws one error with every reason and the
 * remedy if there is neither.
 */
export async function localBusybox({
  report,
  ways = officialWays(),
}: LocalBusyboxOptions = {}): Promise<LocalBusybox> {
  const tried: string[] = [];
  for (const way of ways) {
    try {
      return { path: await way.find(report), official: true };
    } catch (error) {
      tried.push(`  ${way.name}: ${reason(error)}`);
    }
  }
  try {
    const path = await ensureProgram('busybox', "to run the chart's scripts", { report });
    report?.(
      [
        `the official busybox ${busyboxVersion} is not available, so the tests use ${path}. Tried:`,
        ...tried,
      ].join('\n'),
    );
    return { path, official: false };
  } catch (error) {
    throw new Error(
      [
        "The chart's scripts run in busybox, and none is available here. Tried:",
        ...tried,
        `  PATH: ${reason(error)}`,
        'Start Docker or Podman where the registry can be reached, or run this as root on Debian (it then builds busybox), or install busybox on PATH (Debian, Ubuntu: sudo apt-get install busybox-static).',
      ].join('\n'),
    );
  }
}

function officialWays(): Way[] {
  const built: Way = { name: "Debian's source", find: report => busybox(busyboxVersion, report) };
  if (existsSync(builtBusybox())) return [built];
  return [{ name: 'image', find: pulledBusybox }, built];
}

/** Returns the program of the official image. Throws when no container runtime works here, or the image cannot be pulled. */
export async function pulledBusybox(report?: Report): Promise<string> {
  const image = `docker.io/library/busybox:${busyboxVersion}-musl`;
  const file = join(cacheDir('images'), `busybox-${busyboxVersion}-${process.arch}-pulled`);
  return cacheEntry(
    file,
    async partial => {
      const runtime = await workingRuntime();
      if (runtime === undefined) throw new Error('neither Docker nor Podman works here');
      report?.(`pulling ${image}`);
      const outcome = await pull(runtime, image);
      if (outcome !== 'pulled') {
        throw new Error(outcome === 'missing' ? `the registry has no ${image}` : outcome.reason);
      }
      const container = (await run(runtime, ['create', image])).trim();
      try {
        await run(runtime, ['cp', `${container}:/bin/busybox`, partial]);
      } finally {
        await run(runtime, ['rm', container]);
      }
    },
    report,
  );
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
