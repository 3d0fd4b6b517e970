import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { catalogueTool, type Tool } from '../../scripts/tools/catalogue.ts';
import { findOnPath } from '../../scripts/tools/path.ts';
import { resolveTool } from '../../scripts/tools/resolve.ts';
import { fakeGo, frob, frobArchive, type Sandbox, sandbox } from './sandbox.ts';
import { cutOff, page, pageServer, proxyServer, redirect, type TestServer } from './servers.ts';

const wanted = '1.2.3';
const noProxies = { http_proxy: '', https_proxy: '', no_proxy: '' };

function tool(origin: string, file: 'frob' | 'frob.tar.gz' = 'frob.tar.gz'): Tool {
  return {
    ...catalogueTool('kubeconform'),
    version: wanted,
    program: 'frob',
    versionArgs: ['--version'],
    release: {
      name: `frob-${wanted}-linux-amd64`,
      url: `${origin}/${file}`,
      checksums: `${origin}/${file}.sha256sum`,
      ...(file === 'frob' ? {} : { member: 'linux-amd64/frob' }),
    },
    go: { module: 'frob', packages: ['example.org/frob'], ldflags: [], names: {} },
  };
}

function resolve(box: Sandbox, wantedTool: Tool, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { cache, modules } = box;
  return resolveTool(wantedTool, { cache, modules, env: { ...noProxies, ...box.env, ...env } });
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

async function releaseServer(box: Sandbox): Promise<TestServer> {
  const archive = await readFile(await frobArchive(box, wanted, 'linux-amd64'));
  return pageServer({
    '/frob.tar.gz': page(archive),
    '/frob.tar.gz.sha256sum': page(`${sha256(archive)}  frob.tar.gz\n`),
  });
}

async function run(path: string): Promise<string> {
  return (await execa(path, ['--version'])).stdout;
}

async function leftOvers(box: Sandbox): Promise<string[]> {
  const names = existsSync(box.cache) ? await readdir(box.cache, { recursive: true }) : [];
  return names.filter(name => /\.(partial|lock)/.test(name));
}

test('a release whose sum matches is unpacked under a name with version and sum', async () => {
  const box = await sandbox();
  const server = await releaseServer(box);
  const path = await resolve(box, tool(`http://127.0.0.1:${server.port}`));
  expect(await run(path)).toContain(wanted);
  expect(path).toMatch(/frob-1\.2\.3-linux-amd64-[0-9a-f]{16}\/linux-amd64\/frob$/);
  expect(server.asked).toEqual(['GET /frob.tar.gz.sha256sum', 'GET /frob.tar.gz']);
  expect(await leftOvers(box)).toEqual([]);
});

test.each([
  ['the sum alone', (sum: string) => `${sum}\n`],
  ['one list for all files', (sum: string) => `${'0'.repeat(64)}  other\n${sum} *frob\n`],
  ['a path before the name, capitals', (sum: string) => `${sum.toUpperCase()}  ./dist/frob\n`],
])('a program without archive, behind a redirect; checksum file with %s', async (_name, checksums) => {
  const box = await sandbox();
  const program = await readFile(await box.script('frob', frob(wanted)));
  const server = await pageServer({
    '/frob': redirect('/storage/frob'),
    '/storage/frob': page(program),
    '/frob.sha256sum': page(checksums(sha256(program))),
  });
  const path = await resolve(box, tool(`http://127.0.0.1:${server.port}`, 'frob'));
  expect(await run(path)).toContain(wanted);
});

test('a wrong checksum is an error with the file and both sums, and nothing else is tried', async () => {
  const box = await sandbox();
  const builds = await fakeGo(box, wanted);
  const archive = await readFile(await frobArchive(box, wanted, 'linux-amd64'));
  const published = 'ab'.repeat(32);
  const server = await pageServer({
    '/frob.tar.gz': page(archive),
    '/frob.tar.gz.sha256sum': page(`${published}  frob.tar.gz\n`),
  });
  const url = `http://127.0.0.1:${server.port}/frob.tar.gz`;
  const attempt = resolve(box, tool(`http://127.0.0.1:${server.port}`));
  await expect(attempt).rejects.toThrow(
    `${url} has the SHA-256 sum ${sha256(archive)}, but ${url}.sha256sum says ${published}.`,
  );
  expect(await readFile(builds, 'utf8')).toBe('');
  expect(server.asked.filter(line => line === 'GET /frob.tar.gz')).toHaveLength(1);
  expect(await leftOvers(box)).toEqual([]);
  expect(await readdir(join(box.cache, 'tools'))).toEqual([]);
});

test('a download that breaks off leaves nothing behind, and the Go module is built', async () => {
  const box = await sandbox();
  await fakeGo(box, wanted);
  const archive = await readFile(await frobArchive(box, wanted, 'linux-amd64'));
  const server = await pageServer({
    '/frob.tar.gz': cutOff(archive),
    '/frob.tar.gz.sha256sum': page(`${sha256(archive)}  frob.tar.gz\n`),
  });
  const path = await resolve(box, tool(`http://127.0.0.1:${server.port}`));
  expect(server.asked).toContain('GET /frob.tar.gz');
  expect(path.startsWith(join(box.cache, 'go', 'frob-'))).toBe(true);
  expect(await leftOvers(box)).toEqual([]);
});

test.each([
  ['has no such release', {}],
  ['lists no sum of it', { '/frob.tar.gz.sha256sum': page('<html>please log in</html>') }],
])('the Go module is built when the server %s', async (_name, pages) => {
  const box = await sandbox();
  await fakeGo(box, wanted);
  const server = await pageServer(pages);
  const path = await resolve(box, tool(`http://127.0.0.1:${server.port}`));
  expect(path.startsWith(join(box.cache, 'go', 'frob-'))).toBe(true);
  expect(server.asked).toEqual(['GET /frob.tar.gz.sha256sum']);
});

test('a host that did not answer is not asked again by the same process', async () => {
  const box = await sandbox();
  const server = await pageServer({ '/frob.tar.gz.sha256sum': (_request, response) => response.destroy() });
  const origin = `http://127.0.0.1:${server.port}`;
  await expect(resolve(box, tool(origin))).rejects.toThrow(`${origin}/frob.tar.gz.sha256sum: `);
  await expect(resolve(box, tool(origin))).rejects.toThrow(`${origin}/frob.tar.gz.sha256sum: `);
  expect(server.asked).toEqual(['GET /frob.tar.gz.sha256sum']);
});

test.each(['HTTP_PROXY', 'http_proxy'])('%s is honoured', async variable => {
  const box = await sandbox();
  const server = await releaseServer(box);
  const proxy = await proxyServer(server.port);
  const { http_proxy: _unset, ...others } = noProxies;
  const path = await resolveTool(tool('http://releases.invalid:80'), {
    cache: box.cache,
    modules: box.modules,
    env: { ...others, ...box.env, [variable]: `http://127.0.0.1:${proxy.port}` },
  });
  expect(await run(path)).toContain(wanted);
  expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT releases.invalid:80']));
});

test('HTTPS_PROXY is honoured for https, and its refusal is told', async () => {
  const box = await sandbox();
  const proxy = await proxyServer();
  const env = { https_proxy: `http://127.0.0.1:${proxy.port}` };
  await expect(resolve(box, tool('https://secure.invalid'), env)).rejects.toThrow(
    /https:\/\/secure\.invalid\/frob\.tar\.gz\.sha256sum: .*403/,
  );
  expect(proxy.asked).toEqual(['CONNECT secure.invalid:443']);
});

test('NO_PROXY bypasses the proxy', async () => {
  const box = await sandbox();
  const server = await releaseServer(box);
  const proxy = await proxyServer();
  const path = await resolve(box, tool(`http://127.0.0.1:${server.port}`), {
    http_proxy: `http://127.0.0.1:${proxy.port}`,
    no_proxy: 'localhost,127.0.0.1',
  });
  expect(await run(path)).toContain(wanted);
  expect(proxy.asked).toEqual([]);
});

test('the right version on PATH wins, also behind a wrong one', async () => {
  const box = await sandbox();
  const server = await releaseServer(box);
  await box.script('old/frob', frob('1.2.2'));
  const right = await box.script('right/frob', frob(wanted));
  const PATH = `${join(box.root, 'old')}:${join(box.root, 'right')}`;
  expect(await resolve(box, tool(`http://127.0.0.1:${server.port}`), { PATH })).toBe(right);
  expect(server.asked).toEqual([]);
});

test.each(['1.2.30', '11.2.3', '1.2.3-rc.1', '1.2.3+k3s1'])(
  'a program on PATH that is %s is passed over',
  async version => {
    const box = await sandbox();
    const server = await releaseServer(box);
    await box.script('bin/frob', frob(version));
    const path = await resolve(box, tool(`http://127.0.0.1:${server.port}`));
    expect(path.startsWith(join(box.cache, 'tools'))).toBe(true);
  },
);

test("this project's own wrappers on PATH are no answer", async () => {
  const bin = join(import.meta.dirname, '..', '..', 'node_modules', '.bin');
  expect(existsSync(join(bin, 'kubeconform'))).toBe(true);
  await expect(findOnPath(catalogueTool('kubeconform'), bin)).rejects.toThrow('there is no kubeconform');
});

test('when nothing works, one error lists every way and what to install', async () => {
  const box = await sandbox();
  const server = await pageServer({});
  const old = await box.script('bin/frob', frob('0.9.0'));
  const origin = `http://127.0.0.1:${server.port}`;
  await expect(resolve(box, tool(origin))).rejects.toThrow(
    [
      'kubeconform 1.2.3 is not to be had here. Tried:',
      `  PATH: ${old} is 0.9.0`,
      `  release: ${origin}/frob.tar.gz.sha256sum: HTTP status 404`,
      '  Go module scripts/modules/frob: Go is not on PATH',
      `Install frob 1.2.3 on PATH, or let this machine reach ${origin}, or install Go 1.26 or newer.`,
    ].join('\n'),
  );
});

test('a release or a build that is another version than it should be is refused', async () => {
  const box = await sandbox();
  await fakeGo(box, '9.9.9');
  const server = await pageServer({});
  await expect(resolve(box, tool(`http://127.0.0.1:${server.port}`))).rejects.toThrow(
    /Go module scripts\/modules\/frob: .*frob says that it is 9\.9\.9/,
  );
});

test('what was found once is found again without network, until it is gone', async () => {
  const box = await sandbox();
  const server = await releaseServer(box);
  const wantedTool = tool(`http://127.0.0.1:${server.port}`);
  const path = await resolve(box, wantedTool);
  await server.close();
  expect(await resolve(box, wantedTool)).toBe(path);
  await rm(path);
  await expect(resolve(box, wantedTool)).rejects.toThrow('is not to be had here');
});

test('two that ask at once download once', async () => {
  const box = await sandbox();
  const server = await releaseServer(box);
  const wantedTool = tool(`http://127.0.0.1:${server.port}`);
  const [one, other] = await Promise.all([resolve(box, wantedTool), resolve(box, wantedTool)]);
  expect(one).toBe(other);
  expect(server.asked.filter(line => line === 'GET /frob.tar.gz')).toHaveLength(1);
});
