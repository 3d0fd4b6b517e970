// mode: operator on a real API server: what it stores, what Helm refuses, and the operator itself where it can be had.
import { join } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { contestFaults } from '../../scripts/client/faults.ts';
import { kubectl } from '../../scripts/cluster/kubectl.ts';
import { chartDirectory } from '../../scripts/docs/values.ts';
import { runHelm } from '../../scripts/release/chart.ts';
import type { List } from '../../scripts/release/objects.ts';
import { etcdctl } from './support/etcdctl.ts';
import { etcdCluster, makeOperatorPods, type Owner } from './support/operator-pods.ts';
import { type Scene, useScene } from './support/scene.ts';
import { loadThirdParty, thirdParty } from './support/third-party.ts';

const scene = useScene('operator');
const definition = join(import.meta.dirname, '../support/crds/etcdclusters.yaml');
const operator = thirdParty(
  'etcd-operator',
  ['etcd-operator-install.yaml'],
  'three members by etcd-operator',
);

const WAIT = { timeout: 60_000, interval: 200 };

interface EndpointSlice {
  endpoints?: { addresses: string[]; conditions: { ready?: boolean } }[];
}
interface Budget {
  status: { expectedPods: number; desiredHealthy: number; disruptionsAllowed: number };
}

afterAll(async () => {
  const files =
    operator === undefined ? [definition] : [operator.manifest('etcd-operator-install.yaml'), definition];
  const named = files.map(file => `--filename=${file}`);
  await kubectl(inject('cluster'), ['delete', ...named, '--ignore-not-found', '--wait=false']);
});

test('a cluster without the kind is refused, with the remedy', async () => {
  await expect(scene().install({ values: { mode: 'operator' } })).rejects.toThrow(
    /serves no operator\.etcd\.io\/v1alpha1\/EtcdCluster; add its custom resource definition first/,
  );
});

test('the API server takes the EtcdCluster by strict validation, and keeps it as it is', async () => {
  const at = scene();
  await kubectl(at.cluster, ['apply', '--server-side', `--filename=${definition}`]);
  await kubectl(at.cluster, ['wait', '--for=condition=Established', `--filename=${definition}`]);
  const values = { mode: 'operator', replicaCount: 5, persistence: { storageClass: 'fast' } };
  const flags = ['--values=-', '--api-versions=operator.etcd.io/v1alpha1/EtcdCluster'];
  const text = await runHelm(at, ['template', 'run', chartDirectory, ...flags], JSON.stringify(values));
  const strict = ['apply', '--dry-run=server', '--validate=strict', '--filename=-'];
  const said = await kubectl(at.cluster, [`--namespace=${at.namespace}`, ...strict], { input: text });
  expect(said).toContain('etcdcluster.operator.etcd.io/run-etcd created (server dry run)');

  await at.install({ release: 'run', values });
  const { spec } = await etcdCluster(at, 'run-etcd');
  expect(spec).toMatchObject({ size: 5, version: 'v3.7.3', storageSpec: { storageClassName: 'fast' } });
  expect(spec.etcdOptions).toContain('--snapshot-count=10000');
  await at.uninstall('run');
});

test('Helm refuses to put an operator in the place of members that hold data', async () => {
  const at = scene();
  await at.install({ values: { replicaCount: 1 } });
  const [member] = await at.voters(1);
  await at.record();
  await expect(at.install({ values: { replicaCount: 1, mode: 'operator' } })).rejects.toThrow(
    /ConfigMap "etcd-cluster".* exists and cannot be imported/s,
  );
  expect(await at.voters(1)).toEqual([member]);
  await at.expectNothingLost(1);
  // Nor once the members are gone and their volumes are not.
  await at.uninstall();
  await expect(at.install({ values: { replicaCount: 1, mode: 'operator' } })).rejects.toThrow(
    /"etcd-cluster"/,
  );
  await at.install({ values: { replicaCount: 1 } });
  expect(await at.voters(1)).toEqual([member]);
});

describe.each<Owner>(['StatefulSet', 'EtcdCluster'])("pods like the operator's, of the %s", owner => {
  const release = owner === 'StatefulSet' ? 'by-set' : 'by-pods';
  const name = `${release}-etcd`;

  test('serve with the options, behind the Services and the budget', async () => {
    const at = scene();
    await allowPodsOfTheOperator(at);
    const nodePort = { enabled: true, perMember: true };
    await at.install({
      release,
      values: { mode: 'operator', persistence: { enabled: false }, exposure: { nodePort } },
    });
    await makeOperatorPods(at, await etcdCluster(at, name), owner);
    await expectServed(at, name);
    // A Service for one member goes by a label that only a StatefulSet gives.
    for (const ordinal of [0, 1, 2]) {
      const own = owner === 'StatefulSet' ? [await podAddress(at, `${name}-${ordinal}`)] : [];
      await expect.poll(() => addresses(at, `${name}-nodeport-${ordinal}`), WAIT).toEqual(own);
    }
    await at.uninstall(release);
    if (owner === 'StatefulSet') await at.kubectl('delete', `statefulset/${name}`, '--wait=false');
  });
});

test.skipIf(operator === undefined)('the operator makes three members, and clients take a lock', async () => {
  if (operator === undefined) return;
  const at = scene();
  await loadThirdParty(at.cluster, operator);
  await allowPodsOfTheOperator(at);
  const files = [`--filename=${operator.manifest('etcd-operator-install.yaml')}`];
  await kubectl(at.cluster, ['apply', '--server-side', '--force-conflicts', ...files]);
  const exposure = { nodePort: { enabled: true } };
  await at.install({ release: 'ours', values: { mode: 'operator', exposure } });
  const ready = async (): Promise<boolean> =>
    (await etcdCluster(at, 'ours-etcd')).status?.readyReplicas === 3;
  await at.until('the operator has three members', ready, 300_000);
  await expectServed(at, 'ours-etcd');
  // As long as the operator is there to do what it wants done before the end.
  await at.uninstall('ours');
  await at.kubectl('wait', '--for=delete', 'etcdcluster/ours-etcd', '--timeout=60s');
});

/** Its pods have no security context, which Pod Security `restricted` refuses. */
async function allowPodsOfTheOperator(at: Scene): Promise<void> {
  const label = 'pod-security.kubernetes.io/enforce=baseline';
  await kubectl(at.cluster, ['label', 'namespace', at.namespace, label, '--overwrite']);
}

/** Three members of one history behind the Services, a lock handed over, one way in from here, and a budget. */
async function expectServed(at: Scene, name: string): Promise<void> {
  await expect.poll(async () => (await addresses(at, `${name}-client`)).length, WAIT).toBe(3);
  const domain = `${at.namespace}.svc.cluster.local:2379`;
  const members = [0, 1, 2].map(ordinal => `http://${name}-${ordinal}.${name}.${domain}`);
  const inside = `http://${name}-client.${domain}`;
  // Ready without a probe is not yet serving.
  const call = { endpoints: [inside], path: '/v3/kv/put', body: { key: 'YQ==', value: 'YQ==' } };
  const put = async (): Promise<unknown> => at.ask('call', call).catch(String);
  await expect.poll(put, WAIT).toHaveProperty('header');

  const id = `${at.namespace}/${name}`;
  const contenders = ['Ada', 'Ben', 'Cem'];
  await at.ask('contest/start', { id, endpoints: [inside], key: 'lock', contenders, ttl: 3, hold: 200 });
  const holders = async (): Promise<number> =>
    new Set((await at.ask('contest/holds', { id })).map(({ contender }) => contender)).size;
  await expect.poll(holders, WAIT).toBe(contenders.length);
  const holds = await at.ask('contest/stop', { id }, 60_000);
  const writes = await at.ask('contest/writes', { endpoints: [inside], key: 'lock' });
  expect(writes.length).toBeGreaterThan(0);
  expect(contestFaults(holds, writes)).toEqual([]);

  const histories = await at.ask('histories', { members, deadline: 10_000 }, 30_000);
  expect(new Set(histories.map(({ clusterId, hash }) => `${clusterId} ${hash}`)).size).toBe(1);

  const ports = '{.spec.ports[0].nodePort}';
  const port = await at.kubectl('get', 'service', `${name}-nodeport`, `--output=jsonpath=${ports}`);
  const node = await kubectl(at.cluster, [
    'get',
    'nodes',
    '--output=jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}',
  ]);
  const outside = { endpoints: [`http://${node}:${port}`] };
  expect(await etcdctl(outside, 'get', 'a', '--print-value-only')).toBe('a');

  const budget = `/apis/policy/v1/namespaces/${at.namespace}/poddisruptionbudgets/${name}`;
  const allowed = async (): Promise<unknown> => (await at.api.json<Budget>('GET', budget)).status;
  await expect
    .poll(allowed, WAIT)
    .toMatchObject({ expectedPods: 3, desiredHealthy: 2, disruptionsAllowed: 1 });
}

/** The addresses that a Service leads to, of pods that are ready. */
async function addresses(at: Scene, service: string): Promise<string[]> {
  const label = encodeURIComponent(`kubernetes.io/service-name=${service}`);
  const slices = `/apis/discovery.k8s.io/v1/namespaces/${at.namespace}/endpointslices?labelSelector=${label}`;
  const { items } = await at.api.json<List<EndpointSlice>>('GET', slices);
  return items
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions.ready)
    .flatMap(endpoint => endpoint.addresses);
}

async function podAddress(at: Scene, name: string): Promise<string | undefined> {
  return (await at.pod(name)).status.podIP;
}
