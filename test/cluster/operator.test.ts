// mode: operator on a real API server: what it stores, what Helm refuses, and the operator itself where it can be had.
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { kubectl } from '../../scripts/cluster/kubectl.ts';
import { chartDirectory } from '../../scripts/docs/values.ts';
import { runHelm } from '../../scripts/release/chart.ts';
import { useScene } from './support/scene.ts';
import { loadThirdParty, thirdParty } from './support/third-party.ts';

const scene = useScene('operator');
const definition = join(import.meta.dirname, '../support/crds/etcdclusters.yaml');
const operator = thirdParty(
  'etcd-operator',
  ['etcd-operator-install.yaml'],
  'three members by etcd-operator',
);

interface EtcdCluster {
  spec: { size: number; version: string; etcdOptions: string[]; storageSpec: Record<string, string> };
  status?: { readyReplicas?: number };
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
  const { spec } = await at.api.json<EtcdCluster>('GET', path(at.namespace, 'run-etcd'));
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

test.skipIf(operator === undefined)('the operator makes three members, and clients take a lock', async () => {
  if (operator === undefined) return;
  const at = scene();
  await loadThirdParty(at.cluster, operator);
  await kubectl(at.cluster, [
    'apply',
    '--server-side',
    `--filename=${operator.manifest('etcd-operator-install.yaml')}`,
  ]);
  await at.install({ release: 'ours', values: { mode: 'operator' } });
  const ready = async (): Promise<boolean> =>
    (await at.api.json<EtcdCluster>('GET', path(at.namespace, 'ours-etcd'))).status?.readyReplicas === 3;
  await at.until('the operator has three members', ready, 300_000);
  const endpoint = `http://ours-etcd-client.${at.namespace}.svc.cluster.local:2379`;
  const id = `${at.namespace}/operator`;
  const contenders = ['Ada', 'Ben', 'Cem'];
  await at.ask('contest/start', { id, endpoints: [endpoint], key: 'lock', contenders, ttl: 3, hold: 200 });
  const holds = async (): Promise<number> => (await at.ask('contest/holds', { id })).length;
  await expect.poll(holds, { timeout: 60_000, interval: 100 }).toBeGreaterThanOrEqual(5);
  await at.ask('contest/stop', { id }, 60_000);
});

function path(namespace: string, name: string): string {
  return `/apis/operator.etcd.io/v1alpha1/namespaces/${namespace}/etcdclusters/${name}`;
}
