import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { archiveId, imageArchive } from '../../scripts/images/archive.ts';
import { builtImage, splitImage } from '../../scripts/images/built.ts';
import { chartImages } from '../../scripts/images/chart-images.ts';
import { sharedLibraries } from '../../scripts/images/shared-libraries.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'etcd-chart-images-'));
  vi.stubEnv('XDG_CACHE_HOME', directory);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

async function program(text = 'a program'): Promise<string> {
  const file = join(directory, 'program');
  await writeFile(file, text, { mode: 0o755 });
  return file;
}

async function layerListing(archive: string): Promise<string[]> {
  const { stdout } = await execa('tar', ['-xOf', archive, 'manifest.json']);
  const [image] = JSON.parse(stdout) as { Layers: string[] }[];
  await execa('tar', ['-xf', archive, '-C', directory]);
  const list = await execa('tar', ['-tvf', join(directory, image?.Layers[0] ?? '')]);
  return list.stdout.split('\n').map(line => line.replace(/ +\d+ \d{4}-\d\d-\d\d \d\d:\d\d /, ' '));
}

test('an image archive holds files, links and directories of root with their modes', async () => {
  const { file } = await imageArchive(['example.org/app:v1'], {
    files: { '/bin/app': await program() },
    hardLinks: { '/bin/sh': '/bin/app' },
    symlinks: { '/usr/bin/app': '/bin/app' },
    texts: { '/etc/passwd': 'root:x:0:0::/:/bin/sh\n' },
    directories: { '/tmp': 0o1777 },
    config: {},
  });
  const listing = await layerListing(file);
  expect(listing).toContain('drwxrwxrwt 0/0 ./tmp/');
  expect(listing).toContain('drwxr-xr-x 0/0 ./usr/bin/');
  expect(listing).toContain('-rwxr-xr-x 0/0 ./bin/app');
  expect(listing).toContain('hrwxr-xr-x 0/0 ./bin/sh link to ./bin/app');
  expect(listing).toContain('lrwxrwxrwx 0/0 ./usr/bin/app -> /bin/app');
  expect(listing).toContain('-rw-r--r-- 0/0 ./etc/passwd');
});

test('the same content gives the same image ID, also when it was written at another time', async () => {
  const file = await program();
  const make = (name: string) => imageArchive([name], { files: { '/app': file }, config: { User: '65532' } });
  const first = await make('example.org/app:v1');
  await utimes(file, new Date(0), new Date(0));
  const second = await make('example.org/app:v1');
  expect(second.file).not.toBe(first.file);
  expect(second.id).toBe(first.id);
  expect(await archiveId(first.file)).toBe(first.id);
});

test('another program or another configuration gives another image ID', async () => {
  const make = async (text: string, user: string) => {
    const files = { '/app': await program(text) };
    return (await imageArchive(['example.org/app:v1'], { files, config: { User: user } })).id;
  };
  const ids = [await make('one', '0'), await make('two', '0'), await make('one', '65532')];
  expect(new Set(ids).size).toBe(3);
});

test('an archive that is there is not made again', async () => {
  const content = { files: { '/app': await program() }, config: {} };
  const lines: string[] = [];
  const first = await imageArchive(['example.org/app:v1'], content, line => lines.push(line));
  const again = await imageArchive(['example.org/app:v1'], content, line => lines.push(line));
  expect(again).toEqual(first);
  expect(lines).toEqual(['image example.org/app:v1']);
});

test.each([
  ['docker.io/library/busybox:1.37.0-musl', 'docker.io/library/busybox', '1.37.0-musl'],
  ['localhost:5000/etcd:v3.7.3', 'localhost:5000/etcd', 'v3.7.3'],
])('%s has a repository and a tag', (name, repository, tag) => {
  expect(splitImage(name)).toEqual({ repository, tag });
});

test.each(['localhost:5000/etcd', 'registry.k8s.io/kubectl', 'registry.k8s.io/kubectl@sha256:0123'])(
  '%s is refused: it names no tag',
  name => {
    expect(() => splitImage(name)).toThrow(/registry, repository and tag/);
  },
);

test('an image that cannot be built says which can', async () => {
  await expect(builtImage('example.org/nothing:v1')).rejects.toThrow(
    /example\.org\/nothing:v1 cannot be pulled here.*gcr\.io\/etcd-development\/etcd/,
  );
});

test("the chart's images are those of its values", async () => {
  const chart = await readFile(join(import.meta.dirname, '../../chart/Chart.yaml'), 'utf8');
  expect(chartImages).toHaveLength(3);
  for (const image of chartImages) expect(chart).toContain(`image: ${image}\n`);
});

test.runIf(process.platform === 'linux')('the libraries of Node are found with its loader', async () => {
  const libraries = Object.keys(await sharedLibraries(process.execPath));
  expect(libraries.some(path => path.includes('libc'))).toBe(true);
  expect(libraries.some(path => /\/ld-/.test(path))).toBe(true);
});
