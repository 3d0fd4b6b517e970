import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test, vi } from 'vitest';
import { busyboxVersion } from '../../scripts/images/busybox.ts';
import { chartImages } from '../../scripts/images/chart-images.ts';
import { localBusybox, pulledBusybox, type Way } from '../../scripts/images/local-busybox.ts';
import { type Sandbox, sandbox } from './sandbox.ts';

const noImage: Way = { name: 'image', find: () => Promise.reject(new Error('no runtime')) };
const noSource: Way = { name: 'source', find: () => Promise.reject(new Error('no compiler')) };

/** Returns a sandbox whose programs and cache are the only ones until the test is over. */
async function machine(): Promise<Sandbox> {
  const box = await sandbox();
  vi.stubEnv('PATH', box.env.PATH);
  vi.stubEnv('XDG_CACHE_HOME', box.cache);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return box;
}

test("the version that can be built is the one of the chart's image", () => {
  expect(chartImages).toContain(`docker.io/library/busybox:${busyboxVersion}-musl`);
});

test('the official busybox is preferred to the one on PATH', async () => {
  const box = await machine();
  await box.script('bin/busybox', ['exit 0']);
  const built: Way = { name: 'source', find: () => Promise.resolve('/cache/busybox') };
  const found = await localBusybox({ ways: [noImage, built] });
  expect(found).toEqual({ path: '/cache/busybox', official: true });
});

test('without a way to it the one on PATH is used, and every reason is reported', async () => {
  const box = await machine();
  const path = await box.script('bin/busybox', ['exit 0']);
  const lines: string[] = [];
  const found = await localBusybox({ ways: [noImage, noSource], report: line => lines.push(line) });
  expect(found).toEqual({ path, official: false });
  expect(lines).toEqual([
    [
      `the official busybox ${busyboxVersion} is not available, so the tests use ${path}. Tried:`,
      '  image: no runtime',
      '  source: no compiler',
    ].join('\n'),
  ]);
});

test('without any busybox the error has every reason and the remedy', async () => {
  const box = await machine();
  await box.script('bin/dpkg-query', ['exit 1']);
  await box.script('bin/apt-get', ['echo "no network" >&2', 'exit 100']);
  const finding = localBusybox({ ways: [noImage, noSource], report: () => {} });
  await expect(finding).rejects.toThrow(
    /no runtime\n(.|\n)*no compiler\n(.|\n)*PATH: (.|\n)*apt-get install busybox-static/,
  );
});

test('the program is copied out of the pulled image once, and the container is removed', async () => {
  const box = await machine();
  const calls = join(box.root, 'calls');
  await box.script('bin/docker', [
    'PATH=/usr/bin:/bin',
    `echo "$*" >>"${calls}"`,
    'case "$*" in',
    'info*) echo "{}" ;;',
    'create*) echo 0123abcd ;;',
    'cp*) printf "#!/bin/sh\\necho official\\n" >"$3" && chmod +x "$3" ;;',
    'esac',
  ]);
  const path = await pulledBusybox();
  expect(await pulledBusybox()).toBe(path);
  expect((await execa(path)).stdout).toBe('official');
  const made = (await readFile(calls, 'utf8')).split('\n').filter(call => /^(create|cp|rm)/.test(call));
  expect(made.map(call => call.split(' ').slice(0, 2).join(' '))).toEqual([
    `create docker.io/library/busybox:${busyboxVersion}-musl`,
    'cp 0123abcd:/bin/busybox',
    'rm 0123abcd',
  ]);
});
