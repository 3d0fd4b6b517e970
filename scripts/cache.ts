import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from './process.ts';
import type { Report } from './progress.ts';

/**
 * Returns the directory `parts` inside the project's cache ($XDG_CACHE_HOME or ~/.cache, then
 * `etcd-chart`), and makes it. Throws what mkdir throws, when the place is not writable.
 */
export function cacheDir(...parts: string[]): string {
  const { XDG_CACHE_HOME: home } = process.env;
  // The XDG specification tells programs to ignore a relative path.
  const base = home && isAbsolute(home) ? home : join(homedir(), '.cache');
  const dir = join(base, 'etcd-chart', ...parts);
  mkdirSync(dir, { recursive: true });
  return dir;
}

/**
 * Returns `path` once it exists. When it is missing, `make` writes it at the path it is given, and
 * only a finished one is renamed to `path`: an interrupted run leaves nothing that passes for
 * finished. Of several processes one makes it and the others wait. Throws what `make` throws.
 */
export async function cacheEntry(
  path: string,
  make: (partial: string) => Promise<void>,
  report?: Report,
): Promise<string> {
  if (existsSync(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  return withLock(
    path,
    async () => {
      if (existsSync(path)) return path;
      await removePartials(path);
      const partial = `${path}.partial-${randomUUID()}`;
      try {
        await make(partial);
        await rename(partial, path);
      } finally {
        await rm(partial, { recursive: true, force: true, maxRetries: 5 });
      }
      return path;
    },
    report,
  );
}

/**
 * Returns what `work` returns. Of several processes that lock `path` one works at a time, the others
 * wait and say so. Throws what `work` throws.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, report?: Report): Promise<T> {
  const release = await lock(`${path}.lock`, report);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function removePartials(path: string): Promise<void> {
  for (const name of await readdir(dirname(path))) {
    if (name.startsWith(`${basename(path)}.partial-`)) {
      await rm(join(dirname(path), name), { recursive: true, force: true, maxRetries: 5 });
    }
  }
}

// Holders touch their lock while they work. One that was killed is known by its process id; on a
// cache shared between machines or containers, where that says nothing, by the missing touch.
const touchEvery = 5_000;
const abandonedAfter = 60_000;

// A lock only spares double work: makers write under names of their own and rename, so a lock that
// is wrongly taken over (a suspended laptop) costs time, not correctness.
async function lock(path: string, report?: Report): Promise<() => Promise<void>> {
  for (let waiting = false; !(await create(path)); ) {
    if (await abandoned(path)) {
      await rm(path, { force: true });
      continue;
    }
    if (!waiting) report?.(`waiting for another process that makes ${basename(path, '.lock')}`);
    waiting = true;
    await sleep(200);
  }
  const touch = setInterval(() => utimes(path, new Date(), new Date()).catch(() => {}), touchEvery);
  touch.unref();
  return async () => {
    clearInterval(touch);
    await rm(path, { force: true });
  };
}

async function create(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(`${process.pid}`);
    await file.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function abandoned(path: string): Promise<boolean> {
  try {
    const [{ mtimeMs }, pid] = await Promise.all([stat(path), readFile(path, 'utf8')]);
    // Between its creation and its first line a lock is empty: then its age alone counts.
    return Date.now() - mtimeMs > abandonedAfter || (pid !== '' && !isRunning(Number(pid)));
  } catch {
    return false; // Released in this moment: the next try to create it settles it.
  }
}
