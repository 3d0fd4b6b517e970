// Where the members' data lies: claims, the class that the chart makes for them, and the volumes it binds to them.
import { describe, expect, test } from 'vitest';
import { helms, refusal, render, template } from '../support/helm.ts';
import type { Json, JsonObject } from '../support/json.ts';
import type { PersistentVolume } from '../support/objects.ts';
import { container, environment, renderPod, renderStatefulSet, volume } from '../support/pod.ts';
import { valuesComplaints } from '../support/values.ts';

async function volumes(values: JsonObject): Promise<PersistentVolume[]> {
  const { manifests } = await render(values);
  return manifests
    .filter(({ kind }) => kind === 'PersistentVolume')
    .map(({ object }) => object as PersistentVolume);
}

describe('the storage class', () => {
  const values = (more: JsonObject = {}): JsonObject => ({
    persistence: { class: { create: true, provisioner: 'disks.example', ...more } },
  });
  const named = { release: 'orders', namespace: 'shop' };

  test('is made on request alone', async () => {
    const { manifests } = await render();
    expect(manifests.map(({ kind }) => kind)).not.toContain('StorageClass');
  });

  test('is named after namespace and release, and the claims ask for it', async () => {
    const rendered = await render(values(), named);
    const { metadata } = rendered.by('StorageClass', 'shop-orders-etcd');
    expect(metadata.namespace).toBeUndefined();
    const [claim] = rendered.by('StatefulSet', 'orders-etcd').spec.volumeClaimTemplates ?? [];
    expect(claim?.spec.storageClassName).toBe(metadata.name);
  });

  test('bears the name that the values give', async () => {
    const rendered = await render({
      persistence: { storageClass: 'fast', class: { create: true, provisioner: 'disks.example' } },
    });
    expect(rendered.by('StorageClass', 'fast').provisioner).toBe('disks.example');
    const [claim] = rendered.by('StatefulSet', 'etcd').spec.volumeClaimTemplates ?? [];
    expect(claim?.spec.storageClassName).toBe('fast');
  });

  test('keeps volumes, makes them where the pod can run, and lets them grow, unless told otherwise', async () => {
    const { reclaimPolicy, volumeBindingMode, allowVolumeExpansion, parameters, mountOptions } = (
      await render(values())
    ).by('StorageClass', 'default-etcd');
    expect({ reclaimPolicy, volumeBindingMode, allowVolumeExpansion, parameters, mountOptions }).toEqual({
      reclaimPolicy: 'Retain',
      volumeBindingMode: 'WaitForFirstConsumer',
      allowVolumeExpansion: true,
    });
    const told = {
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'Immediate',
      allowVolumeExpansion: false,
      parameters: { type: 'fast', encrypted: 'true' },
      mountOptions: ['discard'],
    };
    expect((await render(values(told))).by('StorageClass', 'default-etcd')).toMatchObject(told);
  });
});

describe('volumes that exist', () => {
  const values: JsonObject = {
    replicaCount: 3,
    persistence: {
      size: '5Gi',
      static: [
        { node: 'node-1', local: { path: '/mnt/etcd' } },
        { nfs: { server: 'files.example', path: '/etcd/1' }, mountOptions: ['hard', 'nfsvers=4.1'] },
        { csi: { driver: 'rbd.csi.ceph.com', volumeHandle: 'handle' } },
        {
          hostPath: { path: '/data' },
          nodeAffinity: {
            required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'rack', operator: 'Exists' }] }] },
          },
        },
      ],
    },
  };

  test('are bound by name to the claims of the members, one to one', async () => {
    const made = await volumes(values);
    expect(made.map(({ metadata }) => metadata.name)).toEqual(
      [0, 1, 2, 3].map(ordinal => `default-data-etcd-${ordinal}`),
    );
    for (const [ordinal, { spec }] of made.entries())
      expect(spec).toMatchObject({
        claimRef: { kind: 'PersistentVolumeClaim', namespace: 'default', name: `data-etcd-${ordinal}` },
        capacity: { storage: '5Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: '',
      });
    const [claim] = (await renderStatefulSet(values)).spec.volumeClaimTemplates ?? [];
    expect(claim?.spec.storageClassName).toBe('');
  });

  test('are what the values say', async () => {
    const [local, nfs, csi, hostPath] = (await volumes(values)).map(({ spec }) => spec);
    expect(local?.local).toEqual({ path: '/mnt/etcd' });
    expect(local?.nodeAffinity?.required?.nodeSelectorTerms).toEqual([
      { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['node-1'] }] },
    ]);
    expect([nfs?.nfs, nfs?.mountOptions, nfs?.nodeAffinity]).toEqual([
      { server: 'files.example', path: '/etcd/1' },
      ['hard', 'nfsvers=4.1'],
      undefined,
    ]);
    expect(csi?.csi).toEqual({ driver: 'rbd.csi.ceph.com', volumeHandle: 'handle' });
    expect(hostPath?.nodeAffinity?.required?.nodeSelectorTerms).toEqual([
      { matchExpressions: [{ key: 'rack', operator: 'Exists' }] },
    ]);
  });

  test('outlive their claims and the release', async () => {
    for (const { metadata, spec } of await volumes(values)) {
      expect(spec.persistentVolumeReclaimPolicy).toBe('Retain');
      expect(metadata.annotations).toEqual({
        'helm.sh/resource-policy': 'keep',
        'argocd.argoproj.io/sync-options': 'Prune=false',
      });
    }
  });

  test('have a class that no default and no parent gives them', async () => {
    const made = await volumes({ ...values, global: { storageClass: 'slow' } });
    expect(made.map(({ spec }) => spec.storageClassName)).toEqual(['', '', '', '']);
  });
});

describe('one volume that all members share', () => {
  const values = (more: JsonObject = {}): JsonObject => ({
    persistence: { shared: true, accessModes: ['ReadWriteMany'], ...more },
  });

  test('is one claim, which is kept, and no template of claims', async () => {
    const rendered = await render(values({ size: '60Gi', storageClass: 'files' }));
    const { metadata, spec } = rendered.by('PersistentVolumeClaim', 'data-etcd');
    expect(metadata.annotations).toEqual({
      'helm.sh/resource-policy': 'keep',
      'argocd.argoproj.io/sync-options': 'Prune=false',
    });
    expect(spec).toMatchObject({
      accessModes: ['ReadWriteMany'],
      storageClassName: 'files',
      resources: { requests: { storage: '60Gi' } },
    });
    const { template, ...set } = rendered.by('StatefulSet', 'etcd').spec;
    expect([set.volumeClaimTemplates, set.persistentVolumeClaimRetentionPolicy]).toEqual([
      undefined,
      undefined,
    ]);
    expect(volume(template.spec, 'data').persistentVolumeClaim).toEqual({ claimName: 'data-etcd' });
  });

  test('goes with the release when the values say so', async () => {
    const { metadata } = (await render(values({ whenDeleted: 'Delete' }))).by(
      'PersistentVolumeClaim',
      'data-etcd',
    );
    expect(metadata.annotations).toBeUndefined();
  });

  test('is mounted whole, with a directory for each pod by its name', async () => {
    const etcd = container(await renderPod(values()), 'etcd');
    expect(etcd.volumeMounts?.filter(({ name }) => name === 'data')).toEqual([
      { name: 'data', mountPath: '/var/lib/etcd' },
    ]);
    expect(environment(etcd)).toMatchObject({
      CLAIM: 'data-etcd',
      DATA_DIR: '/var/lib/etcd/$(POD_NAME)',
      SHARED_DIR: '/var/lib/etcd',
    });
    // Kubernetes fills in only what stands before it.
    const names = etcd.env?.map(({ name }) => name) ?? [];
    expect(names.indexOf('POD_NAME')).toBeLessThan(names.indexOf('DATA_DIR'));
  });

  test('is that of a claim that exists, by name', async () => {
    const { manifests, by } = await render(values({ existingClaim: 'theirs' }));
    expect(manifests.map(({ kind }) => kind)).not.toContain('PersistentVolumeClaim');
    const pod = by('StatefulSet', 'etcd').spec.template.spec;
    expect(volume(pod, 'data').persistentVolumeClaim).toEqual({ claimName: 'theirs' });
    expect(environment(container(pod, 'etcd')).CLAIM).toBe('theirs');
  });

  test('is bound to the one volume that exists', async () => {
    const made = await volumes(values({ static: [{ nfs: { server: 'files.example', path: '/' } }] }));
    expect(made.map(({ spec }) => spec.claimRef?.name)).toEqual(['data-etcd']);
  });

  test('takes one claim to look at, and none to change', async () => {
    const { rules } = (await render(values())).by('Role', 'etcd');
    expect(rules.filter(({ resources }) => resources.includes('persistentvolumeclaims'))).toEqual([
      {
        apiGroups: [''],
        resources: ['persistentvolumeclaims'],
        resourceNames: ['data-etcd'],
        verbs: ['get'],
      },
    ]);
  });

  test('may be of any mode for a single member', async () => {
    const one = { replicaCount: 1, persistence: { shared: true, existingClaim: 'theirs' } };
    expect((await render(one)).manifests.length).toBeGreaterThan(6);
  });
});

// Under Argo CD with label tracking, a claim without its StatefulSet looks like an object of an earlier release.
describe('the claims of the members', () => {
  const option = 'argocd.argoproj.io/sync-options';
  const annotations = async (persistence: JsonObject): Promise<object | undefined> =>
    (await renderStatefulSet({ persistence })).spec.volumeClaimTemplates?.[0]?.metadata.annotations;

  test('are never pruned by Argo CD', async () => {
    expect(await annotations({})).toEqual({ [option]: 'Prune=false' });
  });

  test('have the annotations of the values, which win', async () => {
    expect(await annotations({ annotations: { 'backup.example/policy': 'none' } })).toEqual({
      'backup.example/policy': 'none',
      [option]: 'Prune=false',
    });
    expect(await annotations({ annotations: { [option]: 'Prune=true' } })).toEqual({
      [option]: 'Prune=true',
    });
  });
});

describe('the size of a volume', () => {
  const refusedFor = async (size: Json, quotaBackendBytes: number): Promise<boolean> => {
    const values = { persistence: { size }, config: { quotaBackendBytes, allowLargeQuota: true } };
    return template(values).then(
      () => false,
      error => String(error).includes('persistence.size'),
    );
  };

  test.each<readonly [Json, number]>([
    ['3000000m', 3000],
    ['3k', 3000],
    ['1.5Ki', 1536],
    ['3M', 3_000_000],
    ['3Mi', 3 * 2 ** 20],
    ['3G', 3_000_000_000],
    ['3Gi', 3 * 2 ** 30],
    ['3T', 3_000_000_000_000],
    ['3Ti', 3 * 2 ** 40],
    ['3P', 3e15],
    ['3Pi', 3 * 2 ** 50],
    ['1E', 1e18],
    ['1Ei', 2 ** 60],
    ['1024', 1024],
    [21_474_836_480, 21_474_836_480],
  ])('%j has to be larger than a quota of %d bytes', async (size, bytes) => {
    expect(await refusedFor(size, bytes)).toBe(true);
    expect(await refusedFor(size, Math.floor(bytes * 0.99))).toBe(false);
  });

  test('means nothing without claims, and for a claim that exists', async () => {
    for (const more of [
      { enabled: false },
      { shared: true, accessModes: ['ReadWriteMany'], existingClaim: 'theirs' },
    ])
      expect((await render({ persistence: { size: '1Gi', ...more } })).manifests.length).toBeGreaterThan(6);
  });

  test('has to be larger than the quota with the operator as well', async () => {
    const message = await refusal({ mode: 'operator', persistence: { size: '1Gi' } });
    expect(message).toContain('persistence.size');
  });
});

/** What is refused, and every key that the refusal names. */
const refused: readonly (readonly [what: string, persistence: JsonObject, named: readonly string[]])[] = [
  ['a class without a provisioner', { class: { create: true } }, ['persistence.class.provisioner']],
  [
    'a class for no claims',
    { enabled: false, class: { create: true, provisioner: 'a' } },
    ['persistence.class.create', 'persistence.enabled'],
  ],
  [
    'a class, and none',
    { storageClass: '-', class: { create: true, provisioner: 'a' } },
    ['persistence.storageClass', 'persistence.class.create'],
  ],
  [
    'parameters of a class that is not made',
    { class: { parameters: { type: 'gp3' } } },
    ['persistence.class.create'],
  ],
  [
    'volumes for no claims',
    { enabled: false, static: [0, 1, 2].map(() => ({ nfs: { server: 'a', path: '/' } })) },
    ['persistence.static', 'persistence.enabled'],
  ],
  [
    'volumes that exist beside a class that makes others',
    {
      class: { create: true, provisioner: 'a' },
      static: [0, 1, 2].map(() => ({ nfs: { server: 'a', path: '/' } })),
    },
    ['persistence.static', 'persistence.class.create'],
  ],
  [
    'a volume that is not larger than the quota',
    { size: '4Gi' },
    ['persistence.size: "4Gi" is not larger than config.quotaBackendBytes (4294967296);'],
  ],
  [
    'a volume that is smaller than the quota, by its size in bytes',
    { size: 1_073_741_824 },
    ['persistence.size: "1073741824"', 'config.quotaBackendBytes'],
  ],
  [
    'a shared volume for no claims',
    { enabled: false, shared: true, accessModes: ['ReadWriteMany'] },
    ['persistence.shared', 'persistence.enabled'],
  ],
  [
    'a shared volume that one node has for itself',
    { shared: true },
    ['persistence.accessModes', 'ReadWriteMany', 'persistence.shared'],
  ],
  [
    'a claim that exists for several members without directories',
    { existingClaim: 'theirs' },
    ['persistence.existingClaim', 'persistence.shared=true'],
  ],
  [
    'a claim that exists, and a class and volumes for it',
    {
      shared: true,
      accessModes: ['ReadWriteMany'],
      existingClaim: 'theirs',
      static: [{ nfs: { server: 'a', path: '/' } }],
    },
    ['persistence.existingClaim', 'persistence.static'],
  ],
  [
    'two volumes to share',
    {
      shared: true,
      accessModes: ['ReadWriteMany'],
      static: ['a', 'b'].map(server => ({ nfs: { server, path: '/' } })),
    },
    ['persistence.static', 'persistence.shared=true'],
  ],
  [
    'fewer volumes than members',
    { static: [{ nfs: { server: 'a', path: '/' } }] },
    ['persistence.static', 'replicaCount'],
  ],
  [
    'volumes without a source, with two, without a node, and with two places',
    {
      static: [
        { node: 'a' },
        { nfs: { server: 'a', path: '/' }, hostPath: { path: '/a' } },
        { local: { path: '/a' } },
        { local: { path: '/a' }, node: 'a', nodeAffinity: { required: { nodeSelectorTerms: [] } } },
      ],
    },
    [
      'persistence.static[0]: it names 0 sources,',
      'persistence.static[1]: it names 2 sources (hostPath, nfs)',
      'persistence.static[2].node',
      'persistence.static[3].node',
    ],
  ],
];

describe.each(refused)('refuses %s', (_, persistence, named) => {
  test('which the schema alone would let pass', () => {
    expect(valuesComplaints({ persistence })).toEqual([]);
  });

  test.each(helms)('by %s, naming each key, with rule and remedy', async helm => {
    const message = await refusal({ persistence }, { helm });
    const lines = message.split('\n').filter(line => line.startsWith('- '));
    for (const key of named) expect(lines.join('\n')).toContain(key);
    for (const line of lines)
      expect(line).toMatch(/^- persistence\.\S+: .+[;,] .*\b(set|remove|lower|raise|add)\b/);
  });
});
