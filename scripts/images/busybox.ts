import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheDir, cacheEntry } from '../cache.ts';
import { debianMirror } from '../cluster/debian-mirror.ts';
import { ensureDebianPackages } from '../debian-packages.ts';
import type { Report } from '../progress.ts';

/** The version that can be built here. */
export const busyboxVersion = '1.37.0';
// The Debian release whose sources have it.
const release = 'trixie';

/**
 * Returns a busybox as the official image with the tag `<version>-musl` has it: upstream's source and
 * default configuration, one static musl binary. Debian's own busybox-static would not do: it has no
 * flock, and its wget crashes on -T. Throws when `wanted` is another version, or this is not Debian.
 */
export async function busybox(wanted: string, report?: Report): Promise<string> {
  if (wanted !== busyboxVersion) {
    throw new Error(`busybox ${wanted} cannot be pulled here, and only ${busyboxVersion} can be built`);
  }
  return cacheEntry(
    builtBusybox(),
    async partial => {
      await ensureDebianPackages(
        ['gcc', 'libc6-dev', 'make', 'musl-tools', 'linux-libc-dev', 'bzip2'],
        'to build busybox',
        { report },
      );
      report?.(`building busybox ${busyboxVersion}`);
      const work = `${partial}.work`;
      try {
        await mkdir(work, { recursive: true });
        await unpackSource(work);
        await cp(await compile(join(work, `busybox-${busyboxVersion}`)), partial);
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    },
    report,
  );
}

/** Returns where a finished build is kept. */
export function builtBusybox(): string {
  return join(cacheDir('images'), `busybox-${busyboxVersion}-${process.arch}`);
}

/** Returns the names under which `program` can be called, without `busybox` itself. */
export async function applets(program: string): Promise<string[]> {
  const { stdout } = await execa(program, ['--list']);
  return stdout.split('\n').filter(name => name !== '' && name !== 'busybox');
}

// apt checks what it fetches against the archive's signature. Lists of its own, because a machine's
// sources seldom include source packages, nor this release.
async function unpackSource(work: string): Promise<void> {
  const { url } = await debianMirror();
  const sources = join(work, 'sources.list');
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  await writeFile(sources, `deb-src [signed-by=${keyring}] ${url} ${release} main\n`);
  await mkdir(join(work, 'lists', 'partial'), { recursive: true });
  await mkdir(join(work, 'cache', 'archives', 'partial'), { recursive: true });
  const own = [
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${join(work, 'lists')}`,
    `Dir::Cache=${join(work, 'cache')}`,
    'APT::Sandbox::User=root',
  ].flatMap(option => ['-o', option]);
  await execa('apt-get', [...own, 'update'], { cwd: work });
  await execa('apt-get', [...own, 'source', '--download-only', 'busybox'], { cwd: work });
  const archive = `busybox_${busyboxVersion}.orig.tar.bz2`;
  const fetched = await readdir(work);
  if (!fetched.includes(archive)) {
    throw new Error(`Debian ${release} has no busybox ${busyboxVersion} any more, but ${fetched.join(', ')}`);
  }
  await execa('tar', ['-xf', archive], { cwd: work });
}

async function compile(source: string): Promise<string> {
  // Without the time of the build in it, every machine makes the same binary.
  const env = { MAKEFLAGS: undefined, SOURCE_DATE_EPOCH: '0' };
  const make = (args: readonly string[]) => execa('make', args, { cwd: source, stdin: 'ignore', env });
  await make(['defconfig']);
  const config = join(source, '.config');
  // tc does not compile with the headers of newer kernels.
  const text = (await readFile(config, 'utf8'))
    .replace('# CONFIG_STATIC is not set', 'CONFIG_STATIC=y')
    .replace('CONFIG_TC=y', '# CONFIG_TC is not set')
    .replace('CONFIG_FEATURE_TC_INGRESS=y\n', '');
  await writeFile(config, text);
  const { stdout: triplet } = await execa('gcc', ['-print-multiarch']);
  // musl-gcc leaves the kernel's headers to the caller; its own ones come first.
  const headers = ['/usr/include', `/usr/include/${triplet}`].map(path => `-idirafter ${path}`).join(' ');
  await make([`-j${availableParallelism()}`, 'CC=musl-gcc', `EXTRA_CFLAGS=${headers}`, 'busybox']);
  return join(source, 'busybox');
}
