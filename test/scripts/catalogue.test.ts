import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { catalogueTool, type ToolName, toolNames, versions } from '../../scripts/tools/catalogue.ts';

const modules = join(import.meta.dirname, '..', '..', 'scripts', 'modules');
const linux = { os: 'linux', arch: 'amd64' };

/** Returns module path → version from a go.mod. */
async function required(module: string): Promise<Map<string, string>> {
  const text = await readFile(join(modules, module, 'go.mod'), 'utf8');
  return new Map(
    [...text.matchAll(/^(?:require)?\s+(\S+) (v\S+)/gm)].map(([, path = '', version = '']) => [
      path,
      version,
    ]),
  );
}

const everyTool = toolNames.flatMap(name => pinnedVersions(name).map(version => ({ name, version })));

function pinnedVersions(name: ToolName): readonly string[] {
  if (name.startsWith('etcd')) return Object.values(versions.etcd);
  if (name === 'kubectl') return [versions.kubernetes, versions.kubernetesOldest];
  return [catalogueTool(name).version];
}

test.each(everyTool)('$name $version is what its Go module builds', async ({ name, version }) => {
  const { go } = catalogueTool(name, version, linux);
  const modules = await required(go.module);
  for (const path of go.packages) {
    const [, found] = [...modules].find(([module]) => path === module || path.startsWith(`${module}/`)) ?? [];
    expect(found, `${path} in ${go.module}/go.mod`).toBe(`v${version}`);
  }
});

test("Helm 3's Kubernetes version is its client-go's", async () => {
  const clientGo = (await required('helm3')).get('k8s.io/client-go');
  const [, minor] = (clientGo ?? '').split('.');
  const { ldflags } = catalogueTool('helm3').go;
  const minors = ldflags.filter(flag => flag.includes('k8sVersionMinor')).map(flag => flag.split('=').at(-1));
  expect(minors).toEqual([minor, minor]);
});

test.each(everyTool)('$name $version: release and checksums carry the version', ({ name, version }) => {
  for (const platform of [linux, { os: 'darwin', arch: 'arm64' }]) {
    const { release } = catalogueTool(name, version, platform);
    for (const url of [release.url, release.checksums]) {
      expect(new URL(url).protocol).toBe('https:');
      expect(url).toContain(`v${version}`);
    }
    expect(release.url).toContain(platform.os);
    expect(release.name).toContain(`${version}-${platform.os}-${platform.arch}`);
  }
});

test('etcd is taken by its minor, 3.7 by default', () => {
  expect(catalogueTool('etcd').version).toBe(versions.etcd['3.7']);
  expect(catalogueTool('etcdctl', '3.5').version).toBe(versions.etcd['3.5']);
});

test('a version that is not pinned is refused with those that are', () => {
  expect(() => catalogueTool('etcd', '3.4')).toThrow(
    'etcd 3.4 is not pinned in scripts/tools/catalogue.ts, which has 3.7.3, 3.6.16, 3.5.35',
  );
});
