// mode: operator: an EtcdCluster in place of the members, and a complaint for whatever the operator cannot do.
import { describe, expect, test } from 'vitest';
import { notes, refusal, render } from '../support/helm.ts';
import type { Json, JsonObject } from '../support/json.ts';
import type { EtcdCluster, PodDisruptionBudget } from '../support/objects.ts';
import { everything } from '../support/permutations.ts';
import { coalesce, defaultValues } from '../support/values.ts';
import { leaves, only, type Path, valueAt } from '../support/values-tree.ts';

const cluster = async (values: JsonObject = {}): Promise<EtcdCluster['spec']> =>
  (await render({ mode: 'operator', ...values })).by('EtcdCluster', 'etcd').spec;

test('the EtcdCluster asks for the members that this chart would run', async () => {
  const { etcdOptions = [], podTemplate, ...spec } = await cluster();
  expect(spec).toEqual({
    size: 3,
    version: 'v3.7.3',
    imageRegistry: 'gcr.io/etcd-development/etcd',
    storageSpec: { accessModes: 'ReadWriteOnce', volumeSizeRequest: '20Gi' },
  });
  expect(etcdOptions).toContain('--quota-backend-bytes=4294967296');
  expect(etcdOptions).toContain('--auto-compaction-retention=1h');
  const [term] =
    podTemplate?.spec?.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  expect(term?.podAffinityTerm.labelSelector?.matchLabels).toEqual({ app: 'etcd', controller: 'etcd' });
});

test('every value that the operator has a place for reaches it', async () => {
  const tls = { provider: 'auto', providerCfg: { autoCfg: { validityDuration: '8760h' } } };
  const spec = await cluster({
    ...{
      replicaCount: 5,
      operator: { tls },
      extraArgs: { 'max-txn-ops': 1_000_000 },
      spread: { nodes: 'none' },
    },
    image: { registry: 'mirror.example', repository: 'images/etcd', tag: 'v3.6.16' },
    config: { snapshotCount: 5000, logLevel: 'warn' },
    persistence: { storageClass: 'fast', size: '1Ti' },
    ...{
      podLabels: { team: 'storage' },
      podAnnotations: { 'example.com/a': 'b' },
      commonLabels: { 'a.b/c': 'd' },
    },
    ...{ nodeSelector: { disk: 'ssd' }, tolerations: [{ key: 'etcd', operator: 'Exists' }] },
    affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
  });
  expect(spec).toMatchObject({
    ...{ size: 5, version: 'v3.6.16', imageRegistry: 'mirror.example/images/etcd', tls },
    etcdOptions: expect.arrayContaining([
      '--snapshot-count=5000',
      '--log-level=warn',
      '--max-txn-ops=1000000',
    ]),
    storageSpec: { storageClassName: 'fast', volumeSizeRequest: '1Ti' },
    podTemplate: {
      metadata: { labels: { team: 'storage', 'a.b/c': 'd' }, annotations: { 'example.com/a': 'b' } },
      spec: { nodeSelector: { disk: 'ssd' }, tolerations: [{ key: 'etcd', operator: 'Exists' }] },
    },
  });
  expect(spec.podTemplate?.spec?.affinity).toEqual({
    nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] },
  });
});

test('nothing is said where there is nothing to say', async () => {
  const bare = await cluster({ persistence: { enabled: false }, spread: { nodes: 'none' } });
  expect(Object.keys(bare).sort()).toEqual(['etcdOptions', 'imageRegistry', 'size', 'version']);
});

test('what goes beside the EtcdCluster finds the pods that the operator makes', async () => {
  const { manifests, by } = await render({
    mode: 'operator',
    exposure: { nodePort: { enabled: true, perMember: true }, loadBalancer: { enabled: true } },
  });
  expect(manifests.map(({ kind, name }) => `${kind}/${name}`).sort()).toEqual([
    'ConfigMap/etcd-cluster',
    'EtcdCluster/etcd',
    'PodDisruptionBudget/etcd',
    'Service/etcd-balancer',
    // The operator makes a headless Service called etcd.
    'Service/etcd-client',
    'Service/etcd-nodeport',
    'Service/etcd-nodeport-0',
    'Service/etcd-nodeport-1',
    'Service/etcd-nodeport-2',
  ]);
  const labels = { app: 'etcd', controller: 'etcd' };
  for (const name of ['etcd-client', 'etcd-nodeport', 'etcd-balancer'])
    expect(by('Service', name).spec.selector).toEqual(labels);
  expect(by('Service', 'etcd-nodeport-2').spec.selector).toEqual({
    ...labels,
    'statefulset.kubernetes.io/pod-name': 'etcd-2',
  });
  const budget: PodDisruptionBudget = by('PodDisruptionBudget', 'etcd');
  expect(budget.spec.selector.matchLabels).toEqual(labels);
});

describe('every other value is refused', () => {
  /** What the operator can do, or what never reaches a member. */
  const taken =
    /^(mode|operator|replicaCount|image\.(registry|repository|tag|allowUnsupportedTag)|config|extraArgs|persistence\.(enabled|storageClass|size|class)|pod(Labels|Annotations)|nodeSelector|tolerations|affinity|spread\.nodes|service|exposure|podDisruptionBudget|nameOverride|fullnameOverride|commonLabels|commonAnnotations|global)(\.|$)/;
  /** Values that `everything` leaves alone, and others that it would not set by itself. */
  const other: Readonly<Record<string, Json>> = {
    'persistence.shared': true,
    'persistence.existingClaim': 'mine',
    'persistence.static': [{ hostPath: { path: '/data' } }],
    'containerSecurityContext.allowPrivilegeEscalation': true,
    'containerSecurityContext.capabilities.drop': ['NET_RAW'],
    'containerSecurityContext.readOnlyRootFilesystem': false,
    'podSecurityContext.runAsNonRoot': false,
    'podSecurityContext.seccompProfile.type': 'Unconfined',
    'statefulSet.updateStrategy.type': 'OnDelete',
    'serviceAccount.create': false,
    'rbac.create': false,
    'spread.zones': 'hard',
  };
  const defaults = defaultValues();
  const otherValue = (path: Path): Json =>
    other[path.join('.')] ?? valueAt(coalesce(defaults, everything), path) ?? null;
  const refused = leaves(defaults).filter(path => !taken.test(path.join('.')));

  test('with its key, all of them at once', async () => {
    const values = refused.map(path => only(path, otherValue(path))).reduce<JsonObject>(coalesce, {});
    const lines = (await refusal({ mode: 'operator', ...values })).split('\n');
    expect(refused.length).toBeGreaterThan(60);
    for (const path of refused) {
      const named = path.map((_, index) => path.slice(0, index + 1).join('.'));
      const found = lines.filter(line =>
        named.some(
          key => line.startsWith(`- ${key}: `) && line.includes('etcd-operator has no place for it'),
        ),
      );
      expect(found, path.join('.')).toHaveLength(1);
    }
  });

  test('save no spread over zones, which the operator can do', async () => {
    expect((await cluster({ spread: { zones: 'none' } })).size).toBe(3);
  });

  test('also what has no default, and what a parent gives away by null', async () => {
    const limits = await refusal({ mode: 'operator', resources: { limits: { memory: '1Gi' } } });
    expect(limits).toContain('- resources: {');
  });
});

test('the notes tell whose job it is, and addresses that the operator makes', async () => {
  const text = await notes({ mode: 'operator' }, { release: 'orders', namespace: 'shop' });
  for (const line of [
    'http://orders-etcd-client.shop.svc.cluster.local:2379',
    'http://orders-etcd-2.orders-etcd.shop.svc.cluster.local:2379',
    'kubectl -n shop get etcdcluster orders-etcd -o yaml',
  ])
    expect(text.split('\n').map(each => each.trim())).toContain(line);
  expect(text).toMatch(/operator's job/);
  expect(text).not.toMatch(/keeper|kubectl -n shop scale/);
});

test('the notes do not take TLS for granted, nor Services of single members', async () => {
  const plain = await notes({ mode: 'operator' });
  expect(plain).not.toContain('listen-client-urls');
  expect(plain).not.toContain('label that a StatefulSet gives');
  const secured = await notes({ mode: 'operator', operator: { tls: { provider: 'auto' } } });
  expect(secured).toContain('https://etcd-client.');
  expect(secured).toMatch(/v0\.2\.0 makes certificates .* that etcd does not use/);
  expect(secured).toContain("get pod etcd-0 -o jsonpath='{.spec.containers[0].args}'");
  for (const way of ['nodePort', 'loadBalancer']) {
    const perMember = { exposure: { [way]: { enabled: true, perMember: true } } };
    expect(await notes({ mode: 'operator', ...perMember })).toContain('label that a StatefulSet gives');
    expect(await notes(perMember)).not.toContain('label that a StatefulSet gives');
  }
});
