// values.schema.json: what it is, and that Ajv and both Helms refuse by it what they should.
import { describe, expect, test } from 'vitest';
import { helms, refusal, render } from '../support/helm.ts';
import type { Json, JsonObject } from '../support/json.ts';
import { everything } from '../support/permutations.ts';
import { renderPod } from '../support/pod.ts';
import { coalesce, defaultValues, valuesComplaints, valuesSchema } from '../support/values.ts';
import { type SchemaNode, schemaNodes, typesOf } from '../support/values-schema.ts';
import { leaves, nodes, only, type Path, valueAt } from '../support/values-tree.ts';

const defaults = defaultValues();
const schema = schemaNodes(valuesSchema());
const at = (path: Path): SchemaNode | undefined =>
  schema.find(node => node.path.join('.') === path.join('.'));
const isObjectSchema = ({ schema: node }: SchemaNode): boolean => typesOf(node).includes('object');
const digest = `sha256:${'0'.repeat(64)}`;

type Entry = readonly [path: string, value: Json];

/** Returns the entries in as few groups as there can be without two of a group at one path, or one in the other. */
function batches(entries: readonly Entry[]): Entry[][] {
  const groups: Entry[][] = [];
  for (const entry of entries) {
    const apart = ([name]: Entry): boolean =>
      !`${name}.`.startsWith(`${entry[0]}.`) && !`${entry[0]}.`.startsWith(`${name}.`);
    const group = groups.find(candidate => candidate.every(apart));
    if (group === undefined) groups.push([entry]);
    else group.push(entry);
  }
  return groups;
}

/** Returns the values that all entries make together. */
function valuesOf(entries: readonly Entry[]): JsonObject {
  return entries.map(([name, value]) => only(name.split('.'), value)).reduce<JsonObject>(coalesce, {});
}

/** Returns how many keys lead to the open map that holds `path`; undefined when none does. */
function openDepth(path: Path): number | undefined {
  const depth = path.findIndex((_, index) => at(path.slice(0, index))?.schema.additionalProperties === true);
  // Everybody may put something into `global`, but what the chart reads there is as closed as the rest.
  return depth < 0 || path[0] === 'global' ? undefined : depth;
}

describe('the schema', () => {
  test('has an exact draft and refers to nothing outside itself', () => {
    const text = JSON.stringify(valuesSchema());
    expect(valuesSchema().$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(text.match(/"\$ref":"(?!#)[^"]*"/)).toBeNull();
  });

  test('is closed, save where Kubernetes itself says what may stand there', () => {
    const open = schema.filter(node => isObjectSchema(node) && node.schema.additionalProperties !== false);
    const free = open.filter(
      ({ schema: { additionalProperties } }) => typeof additionalProperties !== 'object',
    );
    expect(free.map(({ path }) => path.join('.')).sort()).toEqual([
      'affinity.nodeAffinity',
      'affinity.podAffinity',
      'affinity.podAntiAffinity',
      'containerSecurityContext',
      'extraEnv.*.valueFrom',
      'extraVolumeMounts.[]',
      'extraVolumes.[]',
      'global',
      'persistence.static.[].csi',
      'persistence.static.[].hostPath',
      'persistence.static.[].local',
      'persistence.static.[].nfs',
      'persistence.static.[].nodeAffinity',
      'podSecurityContext',
      'tolerations.[]',
      'topologySpreadConstraints.[]',
    ]);
  });

  test('says the type of everything', () => {
    const known = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
    for (const { path, schema: node } of schema)
      expect(known, path.join('.')).toEqual(expect.arrayContaining([...typesOf(node)]));
  });

  test('describes every key in a sentence', () => {
    for (const { path, schema: node, keys } of schema.slice(1))
      if (keys.length === 0) expect(node.description, path.join('.')).toMatch(/^[A-Z0-9].*\.$/s);
  });

  test('bounds every whole number from below', () => {
    for (const { path, schema: node } of schema)
      if (typesOf(node).includes('integer')) expect(node.minimum, path.join('.')).toBeTypeOf('number');
  });

  test('accepts the defaults, and everything', () => {
    expect(valuesComplaints({})).toEqual([]);
    expect(valuesComplaints(everything)).toEqual([]);
  });
});

describe('the default values', () => {
  test('have a place in the schema, each of them', () => {
    for (const path of nodes(defaults)) {
      const free = path.some((_, index) => at([...path.slice(0, index), '*']) !== undefined);
      if (!free && openDepth(path) === undefined) expect(at(path), path.join('.')).toBeDefined();
    }
  });

  test('cover the schema, save what only Helm or Kubernetes would fill in', () => {
    const missing = schema.filter(
      ({ path }) => path.every(key => key !== '*' && key !== '[]') && valueAt(defaults, path) === undefined,
    );
    // TLS of the operator is set as a whole.
    const names = missing.map(({ path }) => path.join('.')).filter(name => !name.startsWith('operator.tls.'));
    expect(names.sort()).toEqual([
      'affinity.nodeAffinity',
      'affinity.podAffinity',
      'affinity.podAntiAffinity',
      // The condition of a parent chart.
      'enabled',
      'resources.limits',
      'tools.resources.limits',
    ]);
  });

  test('hold no null: Helm 3 keeps it and Helm 4 drops it', () => {
    expect(leaves(defaults).filter(path => valueAt(defaults, path) === null)).toEqual([]);
  });

  test('are all reached by the permutation called everything', () => {
    const kept = leaves(defaults).filter(path => {
      const [before, after] = [valueAt(defaults, path), valueAt(coalesce(defaults, everything), path)];
      return JSON.stringify(before) === JSON.stringify(after);
    });
    // Switches that would take away what the others say, and the settings that bind every container.
    expect(kept.map(path => path.join('.'))).toEqual([
      'mode',
      'operator.tls',
      'image.allowUnsupportedTag',
      'config.allowLargeQuota',
      'persistence.enabled',
      'persistence.shared',
      'persistence.existingClaim',
      'persistence.static',
      'containerSecurityContext.allowPrivilegeEscalation',
      'containerSecurityContext.capabilities.drop',
      'containerSecurityContext.readOnlyRootFilesystem',
      'podSecurityContext.runAsNonRoot',
      'podSecurityContext.seccompProfile.type',
      'statefulSet.updateStrategy.type',
      'exposure.ingress.tls',
      'exposure.gateway.kind',
      'podDisruptionBudget.enabled',
      'serviceAccount.create',
      'rbac.create',
      'global.imageRegistry',
      'global.storageClass',
    ]);
  });
});

/** What the schema refuses, and the path of the value that the refusal names. */
const refused: readonly Entry[] = [
  ['replicaCount', -1],
  ['replicaCount', 10],
  ['replicaCount', '3'],
  ['replicaCount', 2.5],
  ['replicaCount', true],
  ['replicaCount', [3]],
  ['image.tag', 3.7],
  ['image.tag', 'v3.7.3 '],
  ['image.tag', '../v3.7.3'],
  ['image.digest', 'sha256:abc'],
  ['image.digest', `md5:${'0'.repeat(64)}`],
  ['image.digest', `sha256:${'A'.repeat(64)}`],
  ['image.pullPolicy', 'Sometimes'],
  ['image.repository', ''],
  ['image.repository', 'Etcd'],
  ['image.registry', 'https://gcr.io/'],
  ['image.allowUnsupportedTag', 'yes'],
  ['config.quotaBackendBytes', 0],
  ['config.quotaBackendBytes', -1],
  ['config.quotaBackendBytes', '8Gi'],
  ['config.autoCompactionMode', 'off'],
  ['config.autoCompactionRetention', -1],
  ['config.autoCompactionRetention', '1 hour'],
  ['config.heartbeatInterval', 0],
  ['config.electionTimeout', 50_001],
  ['config.snapshotCount', 0],
  ['config.logLevel', 'trace'],
  ['config.logFormat', 'text'],
  ['config.featureGates.InitialCorruptCheck', 'true'],
  ['config.featureGates', 'InitialCorruptCheck=true'],
  ['extraArgs', ['--pre-vote']],
  ['extraArgs.pre-vote', [true]],
  ['extraEnv', [{ name: 'A', value: 'b' }]],
  ['extraEnv.A', { value: 'b' }],
  ['clusterDomain', ''],
  ['clusterDomain', '.local'],
  ['clusterDomain', 'cluster..local'],
  ['clusterDomain', 'Cluster.Local'],
  ['persistence.enabled', 'true'],
  ['persistence.size', '20GB'],
  ['persistence.size', ''],
  ['persistence.size', -1],
  ['persistence.accessModes', []],
  ['persistence.accessModes', ['ReadOnlyMany']],
  ['persistence.accessModes', 'ReadWriteOnce'],
  ['persistence.whenDeleted', 'Keep'],
  ['persistence.storageClass', 'Fast'],
  ['persistence.labels', { a: 1 }],
  ['persistence.class', 'gp3'],
  ['persistence.class.create', 'true'],
  ['persistence.class.provisioner', 'Not A Driver'],
  ['persistence.class.parameters', { encrypted: true }],
  ['persistence.class.parameters', ['type=gp3']],
  ['persistence.class.reclaimPolicy', 'Recycle'],
  ['persistence.class.volumeBindingMode', 'Late'],
  ['persistence.class.allowVolumeExpansion', 'no'],
  ['persistence.class.mountOptions', 'discard'],
  ['persistence.class.mountOptions', ['']],
  ['persistence.wal', true],
  ['persistence.wal.enabled', 'true'],
  ['persistence.wal.storageClass', 'Fast'],
  ['persistence.wal.size', '4GB'],
  ['persistence.shared', 'yes'],
  ['persistence.shared', { enabled: true }],
  ['persistence.existingClaim', true],
  ['persistence.existingClaim', 'Not A Name'],
  ['persistence.static', { nfs: { server: 'a', path: '/' } }],
  ['persistence.static', ['/mnt']],
  ['persistence.static', [{ rbd: { image: 'a' } }]],
  ['persistence.static', [{ nfs: 'files.example:/etcd' }]],
  ['persistence.static', [{ local: { path: '/a' }, node: 1 }]],
  ['persistence.static', [{}]],
  ['persistence.labels', { a: 'not a label value' }],
  ['resources', { requests: { memory: '1GB' } }],
  ['resources.limits', { cpu: -1 }],
  // The pods have no claims of resources that a container could name.
  ['resources', { claims: [{ name: 'device' }] }],
  ['keeper.resources', { claims: [{ name: 'device' }] }],
  ['tools.resources', { claims: [] }],
  ['tools.source', 'download'],
  ['tools.busybox.tag', ''],
  ['startupProbe.periodSeconds', 0],
  ['livenessProbe.failureThreshold', 0],
  ['readinessProbe.timeoutSeconds', 0],
  ['extraVolumes', [{ emptyDir: {} }]],
  ['extraVolumes', [{ name: 'Not_A_Name', emptyDir: {} }]],
  ['extraVolumeMounts', [{ name: 'a', mountPath: 'relative' }]],
  ['extraVolumeMounts', [{ name: 'a' }]],
  ['podLabels', { a: 'x'.repeat(64) }],
  ['podAnnotations', { a: 1 }],
  ['imagePullSecrets', 'secret'],
  ['imagePullSecrets', [{ secret: 'name' }]],
  ['nodeSelector', { disk: true }],
  ['tolerations', {}],
  ['spread.nodes', true],
  ['spread.zones', 'even'],
  ['topologySpreadConstraints', {}],
  ['priorityClassName', 'Not A Name'],
  ['terminationGracePeriodSeconds', 59],
  ['terminationGracePeriodSeconds', '60s'],
  ['statefulSet.revisionHistoryLimit', -1],
  ['statefulSet.updateStrategy.type', 'Recreate'],
  ['statefulSet.updateStrategy.partition', -1],
  ['mode', 'Operator'],
  ['mode', ''],
  ['operator.tls.provider', 'vault'],
  ['operator.tls.providerCfg', { certManagerCfg: { issuerName: 'a' } }],
  ['operator.tls.providerCfg', { certManagerCfg: { issuerName: 'a', issuerKind: 'CA' } }],
  ['operator.tls.providerCfg', { autoCfg: { dnsNames: ['a'] } }],
  ['operator.tls', true],
  ['exposure.ingress.enabled', 1],
  ['exposure.ingress.host', '10.0.0.1'],
  ['exposure.ingress.host', 'https://etcd.example.com'],
  ['exposure.ingress.host', '*.example.com'],
  ['exposure.ingress.className', 'Not A Class'],
  ['exposure.ingress.controller', 'nginx'],
  ['exposure.ingress.tls', 'none'],
  ['exposure.ingress.tls', true],
  ['exposure.ingress.secretName', 'Not A Name'],
  ['exposure.ingress.annotations', { 'nginx.ingress.kubernetes.io/proxy-body-size': 0 }],
  ['exposure.gateway.kind', 'HTTPRoute'],
  ['exposure.gateway.host', 'etcd'],
  ['exposure.gateway.parentRefs', [{ namespace: 'a' }]],
  ['exposure.gateway.parentRefs', [{ name: 'a', listener: 'b' }]],
  ['exposure.gateway.parentRefs', 'public'],
  ['exposure.nodePort.enabled', 'yes'],
  ['exposure.nodePort.port', 65_536],
  ['exposure.nodePort.port', '30000'],
  ['exposure.nodePort.perMember', 1],
  ['exposure.nodePort.memberPorts', [0]],
  ['exposure.nodePort.memberPorts', 30_000],
  ['exposure.nodePort.range', '30000:32767'],
  ['exposure.nodePort.externalTrafficPolicy', 'Everywhere'],
  ['exposure.loadBalancer.enabled', 'no'],
  ['exposure.loadBalancer.class', 5],
  ['exposure.loadBalancer.sourceRanges', ['10.0.0.1']],
  ['exposure.loadBalancer.sourceRanges', ['10.0.0.0/8', '10.0.0.0/8']],
  ['exposure.loadBalancer.allocateNodePorts', 'never'],
  ['exposure.loadBalancer.externalTrafficPolicy', 'Remote'],
  ['service.trafficDistribution', 'PreferFar'],
  ['service.ipFamilyPolicy', 'DualStack'],
  ['service.ipFamilies', ['IPv5']],
  ['service.ipFamilies', ['IPv4', 'IPv4']],
  ['podDisruptionBudget.maxUnavailable', -1],
  ['podDisruptionBudget.maxUnavailable', 'one'],
  ['podDisruptionBudget.unhealthyPodEvictionPolicy', 'Never'],
  ['serviceAccount.name', 'Not A Name'],
  ['nameOverride', 'not a label'],
  ['nameOverride', 'x'.repeat(64)],
  ['commonLabels', { 'not a key': 'a' }],
  ['podAnnotations', { 'not a key': 'a' }],
  ['extraArgs', { '--pre-vote': true }],
  ['extraEnv', { 'not-a-variable': 'a' }],
  ['config.featureGates', { 'not a gate': true }],
  ['global.imageRegistry', 5],
];

describe('refuses', () => {
  test.each(refused)('%s: %j, by Ajv, which names the key', (name, value) => {
    const pointer = `/${name.replaceAll('.', '/')}`;
    const complaints = valuesComplaints(only(name.split('.'), value));
    expect(complaints.filter(complaint => complaint.startsWith(pointer))).not.toEqual([]);
  });

  // Helm names every mistake, so many are tried at once: as many as do not stand in each other's way.
  for (const [index, batch] of batches(refused).entries())
    test.each(helms)(`the same by %s, which names each key (${index + 1})`, async helm => {
      const message = await refusal(valuesOf(batch), { helm });
      expect(message).toContain("values don't meet the specifications of the schema");
      for (const [name] of batch) expect(message).toContain(`at '/${name.replaceAll('.', '/')}`);
    });
});

describe.each([
  [
    'a key that nobody knows, at every level',
    schema
      .filter(node => isObjectSchema(node) && node.schema.additionalProperties === false)
      .filter(({ path }) => at([...path, '*']) === undefined)
      .filter(({ path }) => path.every(key => key !== '*' && key !== '[]'))
      .map(({ path }) => [...path, 'replicas']),
    'typo',
  ],
  [
    'every key with its last letter missing',
    schema
      .filter(({ path }) => path.length > 0 && path.every(key => key !== '*' && key !== '[]'))
      .filter(({ path }) => at(path.slice(0, -1))?.schema.additionalProperties === false)
      .map(({ path }) => [...path.slice(0, -1), (path.at(-1) ?? '').slice(0, -1)])
      .filter(path => at(path) === undefined),
    'typo',
  ],
  [
    'a list where none belongs, at every leaf',
    schema
      .filter(({ schema: node, path }) => path.length > 0 && !typesOf(node).includes('array'))
      .map(({ path }) => path),
    ['list'],
  ],
  [
    'text where none belongs, at every leaf',
    schema
      .filter(({ schema: node, path }) => path.length > 0 && !typesOf(node).includes('string'))
      .map(({ path }) => path),
    'text',
  ],
] as const)('refuses %s', (_, paths, value) => {
  // Of two paths where one holds the other, the outer one cannot be set as well.
  const places = paths
    .filter(path => path.every(key => key !== '*' && key !== '[]'))
    .filter(path => !paths.some(other => other !== path && path.every((key, index) => key === other[index])));
  const values = places.map(path => only(path, value)).reduce<JsonObject>(coalesce, {});

  test('by Ajv, which names each', () => {
    expect(places.length).toBeGreaterThan(10);
    const complaints = valuesComplaints(values);
    for (const path of places) {
      const [parent, key] = [path.slice(0, -1), path.at(-1)];
      const named = [
        `/${path.join('/')} `,
        `${parent.length === 0 ? '/' : `/${parent.join('/')}`} must NOT have additional properties "${key}"`,
      ];
      expect(
        complaints.filter(complaint => named.some(start => complaint.startsWith(start))),
        path.join('.'),
      ).not.toEqual([]);
    }
  });

  test.each(helms)('by %s, which names each', async helm => {
    const lines = (await refusal(values, { helm })).split('\n');
    const pointer = (keys: Path): string => keys.map(key => `/${key}`).join('');
    for (const path of places) {
      const [parent, key] = [path.slice(0, -1), path.at(-1)];
      const unknown = `at '${pointer(parent)}': additional properties `;
      expect(
        // Helm names all unknown keys of one map in one line.
        lines.some(
          line =>
            line.includes(`at '${pointer(path)}'`) || (line.includes(unknown) && line.includes(`'${key}'`)),
        ),
        path.join('.'),
      ).toBe(true);
    }
  });
});

/** What the schema takes, each as far as it goes. */
const accepted: readonly Entry[] = [
  ['replicaCount', 0],
  ['replicaCount', 9],
  ['replicaCount', 4],
  ['image.tag', '3.6.14'],
  ['image.tag', 'v3.5.33'],
  ['image.tag', 'v3.7.1'],
  ['image.digest', digest],
  ['image.registry', ''],
  ['image.registry', 'registry.example:5000/mirror'],
  ['image.registry', '[2001:db8::1]:5000'],
  ['config.quotaBackendBytes', 1],
  ['config.autoCompactionRetention', '1h30m'],
  ['config.autoCompactionRetention', 0],
  ['config.heartbeatInterval', 1],
  ['config.electionTimeout', 50_000],
  ['config.featureGates', {}],
  ['clusterDomain', 'local'],
  ['persistence.size', 21_474_836_480],
  ['persistence.size', '1.5Ti'],
  ['resources', { limits: { memory: 4_294_967_296, cpu: 1.5, 'example.com/device': 1 } }],
  ['imagePullSecrets', ['a', { name: 'b' }]],
  ['terminationGracePeriodSeconds', 3600],
  ['exposure.nodePort', { enabled: true, port: 32_767, perMember: true, memberPorts: [] }],
  ['exposure.loadBalancer', { enabled: true, perMember: true, sourceRanges: ['2001:db8::/32'] }],
  ['podDisruptionBudget.maxUnavailable', '50%'],
  ['statefulSet.revisionHistoryLimit', 0],
  ['nameOverride', 'x'.repeat(40)],
  ['global.whatever', { a: ['parent', 'chart', 'says'] }],
  ['enabled', false],
];

describe('accepts', () => {
  test.each(accepted)('%s: %j', (name, value) => {
    expect(valuesComplaints(only(name.split('.'), value))).toEqual([]);
  });

  for (const [index, batch] of batches(accepted).entries())
    test.each(helms)(`the same by %s, and renders it (${index + 1})`, async helm => {
      expect((await render(valuesOf(batch), { helm })).manifests.length).toBeGreaterThan(6);
    });
});

describe('null', () => {
  // It takes a default away, and templates that read it would go on with nothing: `replicas: 0`.
  // What is inside an open map is between its writer and Kubernetes.
  const paths = leaves(defaults).map(path => path.slice(0, (openDepth(path) ?? path.length) + 1).join('.'));

  const entries = [...new Set(paths)].map((name): Entry => [name, null]);
  const taken = entries.filter(([name]) => valuesComplaints(only(name.split('.'), null)).length === 0);
  const missed = entries.filter(entry => !taken.includes(entry));

  test.each(missed)('for %s is refused by Ajv, which names the key', name => {
    expect(valuesComplaints(only(name.split('.'), null)).join()).toContain(`'${name.split('.').at(-1)}'`);
  });

  test.each(helms)('is refused as often by %s, which names each key', async helm => {
    const lines = (await refusal(valuesOf(missed), { helm })).split('\n').map(line => line.trim());
    for (const [name] of missed) {
      const path = name.split('.');
      const parent = path.slice(0, -1).map(key => `/${key}`);
      const named = lines.filter(line => line.startsWith(`- at '${parent.join('')}': missing propert`));
      expect(named.join(), name).toContain(`'${path.at(-1)}'`);
    }
  });

  test('renders what Kubernetes takes wherever it is not refused', async () => {
    expect(taken.length).toBeGreaterThan(10);
    expect((await render(valuesOf(taken))).manifests.length).toBeGreaterThan(6);
  });

  test('for the number of members is refused', () => {
    expect(valuesComplaints({ replicaCount: null })).not.toEqual([]);
  });

  test('leaves users and groups to the platform', async () => {
    const podSecurityContext = { runAsUser: null, runAsGroup: null, fsGroup: null };
    expect((await renderPod({ podSecurityContext })).securityContext).toEqual({
      fsGroupChangePolicy: 'OnRootMismatch',
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });
});

describe('text stays text', () => {
  test.each(['on', 'null', '0x1f', '012', '~', 'a: b # c', '{{ "%s"'])(
    'also when it is %j, wherever the schema takes it',
    async text => {
      const taken = leaves(defaults)
        // Tags must tell a version, and a claim that exists goes with other settings than a class that makes volumes.
        .filter(
          path => !['image.tag', 'tools.busybox.tag', 'persistence.existingClaim'].includes(path.join('.')),
        )
        .filter(
          path =>
            typeof valueAt(defaults, path) === 'string' && valuesComplaints(only(path, text)).length === 0,
        );
      const values = [
        ...taken.map(path => only(path, text)),
        { podAnnotations: { text }, extraArgs: { text }, extraEnv: { TEXT: text } },
        { restore: { from: { member: 0 } } },
        { persistence: { class: { create: true, provisioner: 'disks.example' }, wal: { enabled: true } } },
        // A name that a Service can bear, and a Service that knows most settings.
        {
          fullnameOverride: /^[a-z]+$/.test(text) ? text : 'name',
          exposure: { loadBalancer: { enabled: true } },
        },
      ].reduce<JsonObject>(coalesce, {});
      const pod = await renderPod(values);
      const [etcd] = pod.containers;
      expect(etcd?.args).toContain(`--text=${text}`);
      expect(etcd?.env).toContainEqual({ name: 'TEXT', value: text });
    },
  );
});
