import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tool } from '../../scripts/tools/tool.ts';
import { chartRules } from './support/api/rules.ts';
import { ApiServer } from './support/api/server.ts';

let kubectlPath: string;
let directory: string;
let api: ApiServer;

beforeAll(async () => {
  kubectlPath = await tool('kubectl');
  directory = await mkdtemp(join(tmpdir(), 'etcd-chart-api-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

beforeEach(async () => {
  api = new ApiServer('here');
  await api.up();
  await writeFile(join(directory, 'kubeconfig'), api.kubeconfigFor('tester'));
});
afterEach(() => api.down());

interface Result {
  stdout: string;
  stderr: string;
  code: number | undefined;
}

async function kubectl(args: readonly string[], input?: object): Promise<Result> {
  const { stdout, stderr, exitCode } = await execa(kubectlPath, ['--request-timeout=3s', ...args], {
    env: { PATH: '', HOME: directory, KUBECONFIG: join(directory, 'kubeconfig') },
    extendEnv: false,
    reject: false,
    ...(input === undefined ? {} : { input: JSON.stringify(input) }),
  });
  return { stdout: String(stdout), stderr: String(stderr), code: exitCode };
}

const claimName = (ordinal: number) => `data-etcd-${ordinal}`;

function claim(ordinal: number) {
  return api.store.create('persistentvolumeclaims', { metadata: { name: claimName(ordinal) }, spec: {} });
}

function ownedBy(...claims: ReturnType<typeof claim>[]) {
  return claims.map(({ metadata: { name, uid } }) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    name,
    uid,
  }));
}

function record(...claims: ReturnType<typeof claim>[]) {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'etcd-cluster', ownerReferences: ownedBy(...claims) },
    data: { phase: 'forming' },
  };
}

function pod(ordinal: number) {
  return api.store.create('pods', {
    metadata: { name: `etcd-${ordinal}`, labels: { app: 'etcd', ordinal: String(ordinal) } },
    spec: {
      nodeName: 'node',
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claimName(ordinal) } }],
    },
  });
}

const recordNow = () => api.store.find('configmaps', 'etcd-cluster');

describe('reading', () => {
  test('get finds an object by its short name, and says NotFound with 1, or nothing with 0', async () => {
    claim(0);
    expect(await kubectl(['get', 'pvc', claimName(0), '-o', 'name'])).toMatchObject({
      stdout: 'persistentvolumeclaim/data-etcd-0',
      code: 0,
    });
    const missing = await kubectl(['get', 'configmap', 'etcd-cluster']);
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.stderr).toContain('(NotFound): configmaps "etcd-cluster" not found');
    expect(await kubectl(['get', 'configmap', 'etcd-cluster', '--ignore-not-found', '-o', 'name'])).toEqual({
      stdout: '',
      stderr: '',
      code: 0,
    });
  });

  test('get takes several kinds at once, apps/v1 among them', async () => {
    const { uid } = claim(0).metadata;
    api.store.create('statefulsets', { metadata: { name: 'etcd' }, spec: { replicas: 3 } });
    const { stdout } = await kubectl([
      'get',
      'statefulset/etcd',
      `pvc/${claimName(0)}`,
      'configmap/etcd-cluster',
      '--ignore-not-found',
      '-o',
      'go-template={{range .items}}{{.kind}} {{.metadata.uid}} {{with .spec.replicas}}{{.}}{{end}};{{end}}',
    ]);
    expect(stdout).toMatch(/^StatefulSet [0-9a-f-]{36} 3;PersistentVolumeClaim [0-9a-f-]{36} ;$/);
    expect(stdout).toContain(uid);
  });

  test.each([
    ['app=etcd', ['etcd-0', 'etcd-1', 'etcd-2']],
    ['app=etcd,ordinal!=1', ['etcd-0', 'etcd-2']],
    ['ordinal in (1, 2)', ['etcd-1', 'etcd-2']],
    ['!app', []],
  ])('list selects by labels: %s', async (selector, names) => {
    for (const ordinal of [0, 1, 2]) pod(ordinal);
    const { stdout } = await kubectl(['get', 'pods', '-l', selector, '-o', 'name']);
    expect(stdout.split('\n').filter(Boolean)).toEqual(names.map(name => `pod/${name}`));
  });
});

describe('create', () => {
  test('validates as the server does, keeps uid and owners, and refuses a taken name', async () => {
    const owner = claim(0);
    expect(await kubectl(['create', '-f', '-'], record(owner))).toMatchObject({ code: 0 });
    expect(recordNow()?.metadata.ownerReferences?.[0]?.uid).toBe(owner.metadata.uid);
    const again = await kubectl(['create', '-f', '-'], record(owner));
    expect(again).toMatchObject({ code: 1 });
    expect(again.stderr).toContain('(AlreadyExists)');
  });

  test('of two that race, one wins', async () => {
    const owner = claim(0);
    const results = await Promise.all([0, 1, 2].map(() => kubectl(['create', '-f', '-'], record(owner))));
    expect(results.map(({ code }) => code).sort()).toEqual([0, 1, 1]);
  });

  test('refuses data that is no string, and an owner without uid', async () => {
    const data = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { replicas: 3 } };
    expect((await kubectl(['create', '--validate=false', '-f', '-'], data)).stderr).toContain(
      'cannot unmarshal',
    );
    const owner = { ...record(), metadata: { name: 'b', ownerReferences: [{ kind: 'Pod' }] } };
    expect((await kubectl(['create', '-f', '-'], owner)).stderr).toContain('must not be empty');
  });
});

describe('patch', () => {
  const patch = (type: string, body: object) =>
    kubectl(['patch', 'configmap', 'etcd-cluster', `--type=${type}`, '-p', JSON.stringify(body)]);

  test('merge sets and removes keys and replaces lists', async () => {
    const [first, second] = [claim(0), claim(1)];
    api.store.create('configmaps', record(first));
    await patch('merge', {
      data: { phase: null, generation: '1-a' },
      metadata: { ownerReferences: ownedBy(second) },
    });
    expect(recordNow()?.data).toEqual({ generation: '1-a' });
    expect(recordNow()?.metadata.ownerReferences).toEqual(ownedBy(second));
  });

  test('strategic merges owners by uid and removes one by its directive', async () => {
    const [first, second] = [claim(0), claim(1)];
    api.store.create('configmaps', record(first));
    await patch('strategic', { metadata: { ownerReferences: ownedBy(second) } });
    await patch('strategic', { metadata: { ownerReferences: ownedBy(second) } });
    expect(recordNow()?.metadata.ownerReferences).toEqual(ownedBy(first, second));
    await patch('strategic', {
      metadata: { ownerReferences: [{ $patch: 'delete', uid: first.metadata.uid }] },
    });
    expect(recordNow()?.metadata.ownerReferences).toEqual(ownedBy(second));
  });

  test('json applies all operations or, when a test fails, none', async () => {
    api.store.create('configmaps', record(claim(0)));
    const replace = { op: 'replace', path: '/data/phase', value: 'formed' };
    const tested = (value: string) => ({ op: 'test', path: '/data/phase', value });
    expect(await patch('json', [replace, tested('forming')])).toMatchObject({ code: 1 });
    expect(recordNow()?.data?.phase).toBe('forming');
    expect(await patch('json', [tested('forming'), replace])).toMatchObject({ code: 0 });
    expect(recordNow()?.data?.phase).toBe('formed');
  });

  test('an older resourceVersion is a conflict, another uid is refused', async () => {
    const { resourceVersion } = api.store.create('configmaps', record(claim(0))).metadata;
    expect(await patch('merge', { metadata: { resourceVersion }, data: { a: '1' } })).toMatchObject({
      code: 0,
    });
    const old = await patch('merge', { metadata: { resourceVersion }, data: { a: '2' } });
    expect(old.stderr).toContain('(Conflict)');
    const other = await patch('strategic', { metadata: { uid: '0' }, data: { a: '3' } });
    expect(other.stderr).toContain('field is immutable');
    expect(recordNow()?.data?.a).toBe('1');
  });
});

describe('delete', () => {
  test('an object whose last owner goes is collected; one living owner keeps it', async () => {
    api.store.create('configmaps', record(claim(0), claim(1)));
    await kubectl(['delete', 'pvc', claimName(0)]);
    expect(recordNow()?.metadata.ownerReferences?.map(({ name }) => name)).toEqual([claimName(1)]);
    await kubectl(['delete', 'pvc', claimName(1)]);
    expect(recordNow()).toBeUndefined();
  });

  test('an object born with owners that do not exist is collected, also when the name is taken by another', async () => {
    const owner = claim(0);
    api.store.delete('persistentvolumeclaims', claimName(0));
    claim(0);
    await kubectl(['create', '-f', '-'], record(owner));
    expect(recordNow()).toBeUndefined();
  });

  test('a claim in use is terminating, and still owns, until its pod is gone', async () => {
    api.store.create('configmaps', record(claim(0)));
    pod(0);
    await kubectl(['delete', 'pvc', claimName(0), '--wait=false']);
    expect(api.store.get('persistentvolumeclaims', claimName(0)).metadata.deletionTimestamp).toBeDefined();
    await kubectl(['delete', 'pod', 'etcd-0', '--wait=false']);
    expect(recordNow()).toBeDefined();
    api.store.finish('etcd-0');
    expect(api.store.find('persistentvolumeclaims', claimName(0))).toBeUndefined();
    expect(recordNow()).toBeUndefined();
  });

  test('kubectl waits for a pod until the kubelet has ended it', async () => {
    pod(0);
    const end = api.store.onChange(({ object, plural }) => {
      if (plural === 'pods' && object.metadata.deletionTimestamp !== undefined) {
        end();
        setImmediate(() => api.store.finish('etcd-0'));
      }
    });
    expect(await kubectl(['delete', 'pod', 'etcd-0'])).toMatchObject({ code: 0 });
  });

  test('a precondition on the uid that fails is a conflict', () => {
    claim(0);
    expect(() => api.store.delete('persistentvolumeclaims', claimName(0), { uid: 'other' })).toThrow(
      'Precondition failed: UID',
    );
  });
});

describe('faults and rules', () => {
  const get = () => kubectl(['get', 'statefulset', 'etcd']);

  test('down refuses connections, up listens at the same place again', async () => {
    api.store.create('statefulsets', { metadata: { name: 'etcd' }, spec: { replicas: 3 } });
    await api.down();
    expect((await get()).stderr).toContain('refused');
    await api.up();
    expect(await get()).toMatchObject({ code: 0 });
  });

  test.each([
    [{ kind: 'status', code: 401 } as const, /Unauthorized/],
    [{ kind: 'status', code: 403 } as const, /\(Forbidden\)/],
    [{ kind: 'status', code: 500 } as const, /\(InternalError\)/],
    [{ kind: 'hang' } as const, /[Tt]imeout|deadline exceeded/],
    [{ kind: 'reset' } as const, /EOF|connection reset/],
  ])('%o is seen as such, and ends', async (fault, message) => {
    api.store.create('statefulsets', { metadata: { name: 'etcd' }, spec: { replicas: 3 } });
    const end = api.fail(fault, ({ client, plural }) => client === 'tester' && plural === 'statefulsets');
    expect((await get()).stderr).toMatch(message);
    end();
    expect(await get()).toMatchObject({ code: 0 });
  });

  test('latency only delays', async () => {
    api.store.create('statefulsets', { metadata: { name: 'etcd' }, spec: { replicas: 3 } });
    api.fail({ kind: 'latency', milliseconds: 400 });
    const since = Date.now();
    expect(await get()).toMatchObject({ code: 0 });
    expect(Date.now() - since).toBeGreaterThanOrEqual(400);
  });

  test('hooks run around a request, and one may drop the answer of a write that was done', async () => {
    const seen: string[] = [];
    api.before(({ client, verb, plural, name }) => {
      seen.push(`${client} ${verb} ${plural} ${name ?? ''}`);
      return undefined;
    });
    const end = api.after(({ verb }) => (verb === 'create' ? 'drop' : undefined));
    expect(await kubectl(['create', '--validate=false', '-f', '-'], record(claim(0)))).toMatchObject({
      code: 1,
    });
    end();
    expect(recordNow()).toBeDefined();
    expect(seen).toEqual(['tester create configmaps ']);
  });

  test("the chart's Role allows what it names and nothing else", async () => {
    api.rules = chartRules({
      set: 'etcd',
      record: 'etcd-cluster',
      restore: 'etcd-restore',
      persistence: true,
    });
    api.store.create('statefulsets', { metadata: { name: 'etcd' }, spec: { replicas: 3 } });
    api.store.create('statefulsets', { metadata: { name: 'other' }, spec: { replicas: 3 } });
    pod(0);
    expect(await get()).toMatchObject({ code: 0 });
    expect(await kubectl(['get', 'pods,persistentvolumeclaims'])).toMatchObject({ code: 0 });
    for (const args of [
      ['get', 'statefulset', 'other'],
      ['get', 'statefulsets'],
      ['get', 'configmap', 'other'],
      ['get', 'pod', 'other-0'],
      ['get', 'pod', 'etcd-9'],
      ['get', 'pvc', 'other'],
      ['patch', 'pvc', 'other', '--type=merge', '--patch={"metadata":{"annotations":{"a":"b"}}}'],
      ['patch', 'pod', 'etcd-0', '--type=merge', '--patch={"metadata":{"annotations":{"a":"b"}}}'],
      ['delete', 'pvc', claimName(0)],
      ['scale', 'statefulset', 'etcd', '--replicas=1'],
    ]) {
      expect((await kubectl(args)).stderr, args.join(' ')).toMatch(
        /Forbidden|not find the requested resource/,
      );
    }
  });
});
