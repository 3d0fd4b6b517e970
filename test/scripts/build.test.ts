import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test, vi } from 'vitest';
import { goBuild } from '../../scripts/go/build.ts';
import { fakeGo, type Sandbox, sandbox } from './sandbox.ts';

const buildModule = join(import.meta.dirname, '..', '..', 'scripts', 'go', 'build.ts');

function options(box: Sandbox) {
  const { cache, modules, env } = box;
  return { module: 'frob', packages: ['example.org/cmd/frob/v2'], cache, modules, env };
}

async function build(box: Sandbox, ldflags: readonly string[] = []): Promise<string> {
  const { frob = '' } = await goBuild({ ...options(box), ldflags });
  return frob;
}

test('a build that was killed half way is not taken for finished', async () => {
  const box = await sandbox();
  const hold = join(box.root, 'hold');
  const reached = join(box.root, 'reached');
  await writeFile(hold, '');
  await fakeGo(box, '1.2.3', [`: > '${reached}'`, `while [ -e '${hold}' ]; do sleep 0.05; done`]);
  const code = `import { goBuild } from ${JSON.stringify(buildModule)};\nawait goBuild(${JSON.stringify(options(box))});`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: 'inherit',
  });
  const exit = once(child, 'exit');
  await vi.waitUntil(() => existsSync(reached), { timeout: 45_000 });
  child.kill('SIGKILL');
  await exit;
  expect((await readdir(box.cache)).some(name => name.includes('.partial-'))).toBe(true);

  await rm(hold);
  const program = await build(box);
  expect((await execa(program)).stdout).toBe('frob v1.2.3');
  expect((await readdir(box.cache)).map(name => name.replace(/[0-9a-f]{16}$/, 'SUM'))).toEqual(['frob-SUM']);
});

test('a build that fails says what Go said and leaves nothing', async () => {
  const box = await sandbox();
  await fakeGo(box, '1.2.3', ['echo "verifying frob: checksum mismatch" >&2', 'exit 1']);
  await expect(build(box)).rejects.toThrow(/go build .*example\.org\/cmd\/frob\/v2[\s\S]*checksum mismatch/);
  expect(await readdir(box.cache)).toEqual([]);
});

test('a finished build is reused until its sums or flags change', async () => {
  const box = await sandbox();
  const builds = await fakeGo(box, '1.2.3');
  const count = async () => (await readFile(builds, 'utf8')).split('\n').length - 1;
  const first = await build(box);
  expect(await build(box)).toBe(first);
  expect(await count()).toBe(1);
  await build(box, ['-X=main.version=v1.2.3']);
  expect(await count()).toBe(2);
  await writeFile(join(box.modules, 'frob', 'go.sum'), 'other sums\n');
  expect(await build(box)).not.toBe(first);
  expect(await count()).toBe(3);
});

test('two that need the same build at once share one', async () => {
  const box = await sandbox();
  const builds = await fakeGo(box, '1.2.3', ['sleep 0.3']);
  const [one, other] = await Promise.all([build(box), build(box)]);
  expect(one).toBe(other);
  expect(await readFile(builds, 'utf8')).toBe('build\n');
});
