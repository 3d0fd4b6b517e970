import { existsSync } from 'node:fs';
import { execa } from 'execa';
import type { Report } from './progress.ts';

/**
 * Makes sure that Debian packages are installed: installs the missing ones on a Debian-like machine when
 * running as root, and says so through `report`. `purpose` completes "is needed …" for the person.
 * Throws an error that names the packages and the command where it may not install them, or with apt's
 * own output where that fails.
 */
export async function ensureDebianPackages(
  packages: readonly string[],
  purpose: string,
  report: Report = console.log,
): Promise<void> {
  if (!existsSync('/etc/debian_version')) {
    throw new Error(
      `${packages.join(', ')}: needed ${purpose}. This is not a Debian-like system: install it with the system's own package manager and run this again.`,
    );
  }
  const missing = await missingPackages(packages);
  if (missing.length === 0) return;
  const install = ['install', '--yes', '--no-install-recommends', ...missing];
  if (process.getuid?.() !== 0) {
    throw new Error(
      `${missing.join(', ')}: needed ${purpose}, and only root may install packages. Run: sudo apt-get ${install.join(' ')}`,
    );
  }
  report(`installing ${missing.join(', ')} (apt-get), needed ${purpose}`);
  await aptGet(['update']);
  await aptGet(install);
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
