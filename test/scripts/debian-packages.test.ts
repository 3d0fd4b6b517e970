import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { ensureDebianPackages, ensureProgram } from '../../scripts/debian-packages.ts';
import { type Sandbox, sandbox } from './sandbox.ts';

const root = { debian: true, root: true };
const user = { debian: true, root: false };
const fedora = { debian: false, root: true };

let box: Sandbox;
beforeEach(async () => {
  box = await sandbox();
  vi.stubEnv('PATH', box.env.PATH);
  vi.stubEnv('XDG_CACHE_HOME', box.cache);
  return () => vi.unstubAllEnvs();
});

/** Puts an apt-get and a dpkg-query on PATH: an installed package makes a program of each `provides`. */
async function fakeApt(provides: readonly string[]): Promise<() => Promise<string[]>> {
  const calls = join(box.root, 'calls');
  const installed = join(box.root, 'installed');
  await writeFile(calls, '');
  await mkdir(installed);
  await box.script('bin/apt-get', [
    'PATH=/usr/bin:/bin',
    `echo "$*" >>"${calls}"`,
    'case "$*" in *update) exit ;; esac',
    'for word; do package=$word; done',
    `echo >"${installed}/$package"`,
    ...provides.map(name => `cp "$0" "${join(box.root, 'bin', name)}"`),
  ]);
  await box.script('bin/dpkg-query', [
    `if [ -e "${installed}/$2" ]; then echo "Status: install ok installed"; else exit 1; fi`,
  ]);
  return async () => (await readFile(calls, 'utf8')).split('\n').filter(line => line !== '');
}

test('a program on PATH is taken from there, and nothing is installed', async () => {
  const path = await box.script('bin/shellcheck', ['exit 0']);
  expect(await ensureProgram('shellcheck', 'to check', { machine: fedora })).toBe(path);
});

test('as root on Debian a missing program is installed with its package, after a line that says so', async () => {
  const calls = await fakeApt(['flock']);
  const lines: string[] = [];
  const report = (line: string) => lines.push(line);
  const path = await ensureProgram('flock', 'to lock volumes', { report, machine: root });
  expect(path).toBe(join(box.root, 'bin', 'flock'));
  expect(lines).toEqual(['installing util-linux (apt-get), needed to lock volumes (flock is not on PATH)']);
  expect((await calls()).map(call => call.replace(/-o \S+ /g, ''))).toEqual([
    'update',
    'install --yes --no-install-recommends util-linux',
  ]);
});

test('two that need the same package install it once', async () => {
  const calls = await fakeApt([]);
  const install = () => ensureDebianPackages(['musl-tools'], 'to build', { report: () => {}, machine: root });
  await Promise.all([install(), install()]);
  expect(await calls()).toHaveLength(2);
});

test('anyone but root gets the command that installs the package', async () => {
  await fakeApt([]);
  await expect(ensureProgram('busybox', 'to run the scripts', { machine: user })).rejects.toThrow(
    'busybox-static: needed to run the scripts (busybox is not on PATH), and only root can install packages. Run: sudo apt-get install --yes --no-install-recommends busybox-static',
  );
});

test('on another system than Debian the error names the program and its package manager', async () => {
  await expect(ensureProgram('shellcheck', 'to check', { machine: fedora })).rejects.toThrow(
    /shellcheck is not on PATH.*not a Debian-like system.*own package manager/,
  );
});

test('a package that does not bring its program is an error that names PATH', async () => {
  await fakeApt([]);
  const installing = ensureProgram('git', 'to list files', { report: () => {}, machine: root });
  await expect(installing).rejects.toThrow(/package git is installed, but no directory on PATH/);
});
