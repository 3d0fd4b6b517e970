import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheDir, cacheEntry } from '../cache.ts';
import type { Report } from '../progress.ts';

export interface GoBuild {
  /** Name of the directory under `scripts/modules` that holds go.mod and go.sum. */
  module: string;
  /** Import paths of the programs to build. */
  packages: readonly string[];
  /** Linker flags besides `-s -w`, such as `-X=main.version=v1.2.3`. */
  ldflags?: readonly string[];
  /** Import path → program name, for programs that Go would name otherwise. */
  names?: Readonly<Record<string, string>>;
  report?: Report | undefined;
  /** Directory that holds the modules; the project's own unless a test says otherwise. */
  modules?: string;
  /** Directory for finished builds; the project's cache unless a test says otherwise. */
  cache?: string;
  /** Environment of the Go command; this process's unless a test says otherwise. */
  env?: NodeJS.ProcessEnv;
}

/**
 * Builds programs from a Go module of this project whose sums are committed, statically linked.
 * Returns program name → absolute path. A finished build is reused; an interrupted one is not taken
 * for finished. Throws when Go is missing or the build fails, with Go's own words.
 */
export async function goBuild(options: GoBuild): Promise<Record<string, string>> {
  const { module, packages, ldflags = [], names = {}, report } = options;
  const modules = options.modules ?? join(import.meta.dirname, '..', 'modules');
  const source = join(modules, module);
  const env = { ...(options.env ?? process.env), ...fixedEnvironment };
  const go = (args: readonly string[]) =>
    execa('go', args, { cwd: source, env, extendEnv: false, stdin: 'ignore' });

  const { stdout: host } = await go(['env', 'GOVERSION', 'GOHOSTOS', 'GOHOSTARCH']).catch(
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
        throw new Error('Go is not on PATH', { cause: error });
      }
      throw error;
    },
  );
  const flags = [
    '-trimpath',
    '-mod=readonly',
    '-buildvcs=false',
    `-ldflags=${['-s', '-w', ...ldflags].join(' ')}`,
  ];
  const sum = await checksum(source, [host, ...flags, ...packages, JSON.stringify(names)]);
  const finished = join(options.cache ?? cacheDir('go'), `${module}-${sum.slice(0, 16)}`);

  await cacheEntry(
    finished,
    async partial => {
      const start = Date.now();
      report?.(
        `building ${packages.map(path => programName(path, names)).join(', ')} from Go module ${module}`,
      );
      await mkdir(partial);
      await go(['build', ...flags, '-o', `${partial}/`, ...packages]);
      for (const path of packages) {
        await rename(join(partial, programName(path)), join(partial, programName(path, names)));
      }
      report?.(`built ${module} in ${Math.round((Date.now() - start) / 1000)} s`);
    },
    report,
  );
  return Object.fromEntries(
    packages.map(path => [programName(path, names), join(finished, programName(path, names))]),
  );
}

// What a person set for their own work must not change what is built here, or for which machine.
const fixedEnvironment = { CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off', GOOS: undefined, GOARCH: undefined };

function programName(path: string, names: Readonly<Record<string, string>> = {}): string {
  const own = names[path];
  if (own !== undefined) return own;
  const parts = path.split('/').filter(part => !/^v\d+$/.test(part));
  const last = parts.at(-1);
  if (last === undefined) throw new Error(`"${path}" is no Go import path`);
  return last;
}

async function checksum(directory: string, settings: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(settings.join('\0'));
  const files = await readdir(directory, { recursive: true, withFileTypes: true });
  for (const file of files
    .filter(file => file.isFile())
    .map(file => join(file.parentPath, file.name))
    .sort()) {
    const content = await readFile(file);
    hash.update(`\0${file.slice(directory.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
