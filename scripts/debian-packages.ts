import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { execa } from 'execa';
import { cacheDir, withLock } from './cache.ts';
import type { Report } from './progress.ts';

/** The Debian package of each program that the lint and member tiers run from PATH. */
const packageOf = {
  busybox: 'busybox-static',
  cp: 'coreutils',
  flock: 'util-linux',
  git: 'git',
  mount: 'mount',
  shellcheck: 'shellcheck',
  unshare: 'util-linux',
} as const;

export type MachineProgram = keyof typeof packageOf;

/** What decides whether packages can be installed. */
export interface Machine {
  /** Debian or a distribution that is derived from it. */
  debian: boolean;
  root: boolean;
}

export interface InstallOptions {
  report?: Report | undefined;
  /** This machine unless a test says otherwise. */
  machine?: Machine;
}

/**
 * Returns the absolute path of the first `program` on PATH. If there is none, installs the Debian package that has it,
 * as `ensureDebianPackages` does, and throws as it does. `purpose` completes "needed …".
 */
export async function ensureProgram(
  program: MachineProgram,
  purpose: string,
  options: InstallOptions = {},
): Promise<string> {
  const found = await onPath(program);
  if (found !== undefined) return found;
  await ensureDebianPackages([packageOf[program]], `${purpose} (${program} is not on PATH)`, options);
  const installed = await onPath(program);
  if (installed !== undefined) return installed;
  throw new Error(
    `${program} is needed ${purpose}; package ${packageOf[program]} is installed, but no directory on PATH (${process.env.PATH}) has ${program}; add its directory to PATH`,
  );
}

async function onPath(program: string): Promise<string | undefined> {
  for (const directory of (process.env.PATH ?? '').split(delimiter).filter(isAbsolute)) {
    const candidate = join(directory, program);
    try {
      await access(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not in this directory.
    }
  }
  return undefined;
}

/**
 * Makes sure that Debian packages are installed. On a Debian-like machine root installs the missing ones, after a line
 * through `report`. `purpose` completes "needed …". Throws an error that names the packages and the command if this
 * machine or this user cannot install them, and apt's own output if the installation fails.
 */
export async function ensureDebianPackages(
  packages: readonly string[],
  purpose: string,
  { report = console.log, machine = thisMachine() }: InstallOptions = {},
): Promise<void> {
  if (!machine.debian) {
    throw new Error(
      `${packages.join(', ')}: needed ${purpose}. This is not a Debian-like system: install it with the system's own package manager and run this again.`,
    );
  }
  const missing = await missingPackages(packages);
  if (missing.length === 0) return;
  const install = ['install', '--yes', '--no-install-recommends', ...missing];
  if (!machine.root) {
    throw new Error(
      `${missing.join(', ')}: needed ${purpose}, and only root can install packages. Run: sudo apt-get ${install.join(' ')}`,
    );
  }
  // apt-get does not wait for another apt-get that reads the package lists.
  await withLock(join(cacheDir(), 'apt-get'), async () => {
    if ((await missingPackages(missing)).length === 0) return;
    report(`installing ${missing.join(', ')} (apt-get), needed ${purpose}`);
    await aptGet(['update']);
    await aptGet(install);
  });
}

function thisMachine(): Machine {
  return { debian: existsSync('/etc/debian_version'), root: process.getuid?.() === 0 };
}

async function missingPackages(packages: readonly string[]): Promise<string[]> {
  // One package at a time: dpkg-query exits with 1 when it does not know one of several.
  const missing: string[] = [];
  for (const name of packages) {
    const { stdout } = await execa('dpkg-query', ['--status', name], { reject: false });
    if (!/^Status: .* installed$/m.test(stdout)) missing.push(name);
  }
  return missing;
}

async function aptGet(args: readonly string[]): Promise<void> {
  const patient = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  await execa('apt-get', [...patient, ...args], {
    all: true,
    stdin: 'ignore',
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
}
