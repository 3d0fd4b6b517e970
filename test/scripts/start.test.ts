import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { startArguments } from '../../scripts/cluster/arguments.ts';
import { closingText } from '../../scripts/cluster/closing-text.ts';
import { ensureCluster } from '../../scripts/cluster/cluster.ts';
import type { Runtime } from '../../scripts/cluster/containers.ts';
import { kindConfig } from '../../scripts/cluster/kind-config.ts';
import { requireSpace } from '../../scripts/cluster/machine.ts';
import { until } from '../../scripts/cluster/until.ts';
import { elapsed } from '../../scripts/progress.ts';
import { versions } from '../../scripts/tools/catalogue.ts';

const root = join(import.meta.dirname, '..', '..');

test('npm start makes three workers of the pinned Kubernetes unless asked otherwise', () => {
  expect(startArguments([])).toEqual({ help: false, workers: 3, kubernetes: versions.kubernetes });
  expect(startArguments(['--workers', '1', '--kubernetes=1.34.4'])).toEqual({
    help: false,
    workers: 1,
    kubernetes: '1.34.4',
  });
  expect(startArguments(['--context', 'mine']).context).toBe('mine');
});

test.each([
  [['--workers', '0'], /--workers 0: .*1 to 9/],
  [['--workers', '10'], /--workers 10/],
  [['--workers', 'many'], /--workers many/],
  [['--workers'], /--workers.*--help/],
  [['--kubernetes', '1.37'], /--kubernetes 1\.37: a version such as/],
  [['--kubernetes', 'latest'], /--kubernetes latest/],
  [['--context', ''], /--context: .*empty/],
  [['--context', 'mine', '--workers', '2'], /--workers.*--context mine/],
  [['--colour'], /--colour.*--help/],
  [['now'], /now.*--help/],
])('npm start -- %j is refused', (args, message) => {
  expect(() => startArguments(args)).toThrow(message);
});

test('npm start and npm run down end with 1 and a reason on wrong arguments, and change nothing', async () => {
  const run = (entry: string, argument: string) =>
    execa(process.execPath, ['--import', 'tsx', join(root, entry), argument], { reject: false, cwd: root });
  const start = await run('scripts/start.ts', '--workers=none');
  expect(start).toMatchObject({ exitCode: 1, stdout: '' });
  expect(start.stderr).toContain('--workers none');
  const down = await run('scripts/down.ts', 'please');
  expect(down).toMatchObject({ exitCode: 1, stdout: '' });
  expect(down.stderr).toContain('please');
});

test('a context that is not in the kubeconfig is refused with those that are', async () => {
  const env = { KUBECONFIG: join(root, 'no-such-kubeconfig') };
  const args = ['--import', 'tsx', 'scripts/start.ts', '--context=nowhere'];
  const result = await execa(process.execPath, args, { reject: false, cwd: root, env });
  expect(result.exitCode).toBe(1);
  expect(result.stderr).toContain(
    '--context nowhere: there is no such context in your kubeconfig; it has none',
  );
});

test('a shape that no cluster can have is refused', async () => {
  await expect(ensureCluster({ workers: 0 })).rejects.toThrow(/workers: 0/);
  await expect(ensureCluster({ kubernetes: 'v1.37.2' })).rejects.toThrow(/kubernetes: "v1\.37\.2"/);
});

const free: Runtime = {
  name: 'docker',
  env: {},
  cgroup: 'v2',
  limits: { noSysResource: false, openFiles: Number.POSITIVE_INFINITY, processes: Number.POSITIVE_INFINITY },
};

test('on a machine without restrictions kind gets its own defaults', async () => {
  expect(parse(await kindConfig(free, 2, false))).toEqual({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    networking: { disableDefaultCNI: false },
    containerdConfigPatches: [],
    kubeadmConfigPatches: [],
    nodes: [{ role: 'control-plane' }, { role: 'worker' }, { role: 'worker' }],
  });
});

interface KindConfig {
  networking: object;
  containerdConfigPatches: string[];
  kubeadmConfigPatches: string[];
  nodes: { extraMounts?: object[] }[];
}

test('cgroup v1 alone only needs the consent of the kubelet', async () => {
  const config = parse(await kindConfig({ ...free, cgroup: 'v1' }, 1, false)) as KindConfig;
  expect(config.containerdConfigPatches).toEqual([]);
  expect(config.kubeadmConfigPatches.map(patch => parse(patch))).toEqual([
    expect.objectContaining({ kind: 'KubeletConfiguration', failCgroupV1: false }),
  ]);
});

test('where limits may not be raised, nothing in a node tries to', async () => {
  const limits = { noSysResource: true, openFiles: 1024, processes: 4096 };
  const config = parse(await kindConfig({ ...free, limits }, 1, true)) as KindConfig;
  expect(config.networking).toEqual({ disableDefaultCNI: true });
  expect(config.containerdConfigPatches).toEqual([expect.stringContaining('restrict_oom_score_adj = true')]);
  expect(config.kubeadmConfigPatches.map(patch => parse(patch))).toEqual([
    expect.objectContaining({ kind: 'KubeletConfiguration', oomScoreAdj: 0 }),
    expect.objectContaining({ kind: 'KubeProxyConfiguration', oomScoreAdj: 0, conntrack: { maxPerCore: 0 } }),
  ]);
  expect(config.nodes.map(({ extraMounts }) => extraMounts?.length)).toEqual([1, 1]);
});

test('too little space is an error that names the place, the need and the remedy', async () => {
  await expect(requireSpace(root, 2 ** 60, 'a test')).rejects.toThrow(
    /free, and a test needs 1073741824\.0 GiB\. Free some space, or set XDG_CACHE_HOME/,
  );
  await expect(requireSpace(root, 1, 'a test')).resolves.toBeUndefined();
});

test('a wait that is in vain says for what and shows the state', async () => {
  const wait = until(
    'pigs fly',
    20,
    async () => false,
    async () => 'still walking',
    5,
  );
  await expect(wait).rejects.toThrow('waited 0 s in vain until pigs fly\nstill walking');
});

test('the closing text speaks of the cluster that was used', () => {
  const access = { kubeconfig: '/cache/etcd.kubeconfig', context: 'kind-etcd' };
  const local = closingText({ access, ownContext: false, namespace: 'etcd', set: 'etcd' });
  expect(local).toContain('export KUBECONFIG=/cache/etcd.kubeconfig');
  expect(local).toContain('npm run down');
  const own = closingText({
    access: { ...access, context: 'mine' },
    ownContext: true,
    namespace: 'a',
    set: 'b',
  });
  expect(own).toContain('kubectl --context mine -n a scale statefulset b');
  expect(own).not.toContain('npm run down');
});

test.each([
  [0.4, '0 s'],
  [59.4, '59 s'],
  [59.6, '1 min 00 s'],
  [185, '3 min 05 s'],
])('%d seconds are %s', (seconds, text) => {
  expect(elapsed(seconds)).toBe(text);
});
