import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';

/** A directory of a test's own, with a cache, a PATH of fake programs and a Go module. */
export interface Sandbox {
  root: string;
  cache: string;
  modules: string;
  /** PATH with the fake programs before the system's shell tools. */
  env: { PATH: string };
  /** Puts an executable shell script on PATH, or elsewhere below the root. */
  script(path: string, lines: readonly string[]): Promise<string>;
}

/** Makes a sandbox that is removed when the running test is over. */
export async function sandbox(): Promise<Sandbox> {
  const root = await mkdtemp(join(tmpdir(), 'etcd-chart-test-'));
  onTestFinished(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));
  const box: Sandbox = {
    root,
    cache: join(root, 'cache'),
    modules: join(root, 'modules'),
    env: { PATH: join(root, 'bin') },
    async script(path, lines) {
      const file = join(root, path);
      await mkdir(join(file, '..'), { recursive: true });
      await writeFile(file, ['#!/bin/sh', ...lines, ''].join('\n'));
      await chmod(file, 0o755);
      return file;
    },
  };
  await mkdir(join(root, 'bin'));
  await mkdir(join(box.modules, 'frob'), { recursive: true });
  await writeFile(join(box.modules, 'frob', 'go.mod'), 'module frob\n');
  return box;
}

/** Returns what a program prints that says it is frob in `version`. */
export function frob(version: string): string[] {
  return [`echo "frob v${version} linux/amd64"`];
}

/**
 * Puts a `go` on the sandbox's PATH that "builds" frob in `version`, and counts its builds in the
 * file `builds`. `before` runs when the output is half written.
 */
export async function fakeGo(box: Sandbox, version: string, before: readonly string[] = []): Promise<string> {
  const builds = join(box.root, 'builds');
  await writeFile(builds, '');
  await box.script('bin/go', [
    'export PATH=/usr/bin:/bin',
    'if [ "$1" = env ]; then printf "go1.99\\nlinux\\namd64\\n"; exit; fi',
    `echo build >> '${builds}'`,
    'while [ "$1" != -o ]; do shift; done',
    'echo "#!/bin/sh" > "$2/frob"',
    'chmod +x "$2/frob"',
    ...before,
    `echo 'echo frob v${version}' >> "$2/frob"`,
  ]);
  return builds;
}

/** Returns a tar.gz with a frob in `version` at `directory/frob`, made below the sandbox. */
export async function frobArchive(box: Sandbox, version: string, directory: string): Promise<string> {
  await box.script(join('release', directory, 'frob'), frob(version));
  const archive = join(box.root, 'frob.tar.gz');
  await execa('tar', ['-czf', archive, '-C', join(box.root, 'release'), directory], {
    env: { PATH: `${process.env.PATH}${delimiter}/bin` },
  });
  return archive;
}
