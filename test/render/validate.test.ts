// templates/validate.yaml: what the schema cannot express, refused all at once.
import { describe, expect, test } from 'vitest';
import { customApis } from '../support/crds.ts';
import { helms, type RenderOptions, refusal, render } from '../support/helm.ts';
import type { JsonObject } from '../support/json.ts';
import { container, renderPod } from '../support/pod.ts';
import { valuesComplaints } from '../support/values.ts';

const tag = (value: string): JsonObject => ({ image: { tag: value } });

const operatorTls: JsonObject = { mode: 'operator', operator: { tls: { provider: 'auto' } } };
const passthrough: JsonObject = { enabled: true, host: 'etcd.test', tls: 'passthrough' };
const nodePorts = (values: JsonObject): JsonObject => ({
  exposure: { nodePort: { enabled: true, ...values } },
});

/** What is refused, and every key that the refusal names. */
const refused: readonly (readonly [what: string, values: JsonObject, named: readonly string[]])[] = [
  ['no members without persistence', { replicaCount: 0, persistence: { enabled: false } }, ['replicaCount']],
  ['a restore without a source', { restore: { id: 'x' } }, ['restore.from.member']],
  [
    'a restore from a member that does not run',
    { restore: { id: 'x', from: { member: 3 } } },
    ['restore.from.member', 'replicaCount'],
  ],
  ['an etcd that is too old', tag('v3.4.30'), ['image.tag']],
  ['an etcd that is too new', tag('v3.8.0'), ['image.tag']],
  ['an etcd 4', tag('v4.0.0'), ['image.tag']],
  ['an etcd 3.7 below the floor', tag('v3.7.0'), ['image.tag', '3.7.1']],
  ['a release candidate of an etcd below the floor', tag('v3.7.0-rc.1'), ['image.tag', '3.7.1']],
  ['an etcd 3.6 below the floor', tag('v3.6.13'), ['image.tag', '3.6.14']],
  ['an etcd 3.5 below the floor', tag('3.5.32'), ['image.tag', '3.5.33']],
  ['the tag latest', tag('latest'), ['image.tag']],
  ['a tag without a patch number', tag('v3.7'), ['image.tag']],
  ['a tag that tells nothing', tag('nightly-3'), ['image.tag']],
  ['no tag beside a digest', { image: { tag: '', digest: `sha256:${'0'.repeat(64)}` } }, ['image.tag']],
  [
    'a quota above 8 GiB',
    { config: { quotaBackendBytes: 8_589_934_593 } },
    ['config.quotaBackendBytes', '8589934593'],
  ],
  [
    'an election after fewer than five heartbeats',
    { config: { heartbeatInterval: 201 } },
    ['config.electionTimeout', 'config.heartbeatInterval'],
  ],
  [
    'a time for a number of revisions',
    { config: { autoCompactionMode: 'revision' } },
    ['config.autoCompactionRetention'],
  ],
  [
    'gates and log formats that etcd 3.5 does not have',
    { ...tag('v3.5.35'), config: { logFormat: 'console', featureGates: { StopGRPCServiceOnDefrag: true } } },
    ['config.featureGates.StopGRPCServiceOnDefrag', 'config.logFormat'],
  ],
  [
    'volumes that are there already',
    {
      extraVolumes: [
        'data',
        'run',
        'scripts',
        'api-access',
        'tools',
        'busybox',
        'kubectl',
        'mine',
        'mine',
      ].map(name => ({
        name,
        emptyDir: {},
      })),
    },
    [0, 1, 2, 3, 4, 5, 6, 8].map(index => `extraVolumes[${index}].name`),
  ],
  [
    'mounts over what is there already',
    {
      extraVolumes: [{ name: 'mine', emptyDir: {} }],
      extraVolumeMounts: [
        '/mine',
        '/mine/',
        '/',
        '/opt',
        '/opt/busybox',
        '/opt/kubectl/bin',
        '//opt/',
        '/opt/../opt',
        '/scripts',
        '/run/etcd',
        '/usr',
        '/usr/local',
        '/usr/local/bin',
        '/var/lib/etcd',
        '/var/lib/etcd/member',
        '/var/run/secrets/kubernetes.io/serviceaccount',
      ].map(mountPath => ({ name: 'mine', mountPath })),
    },
    Array.from({ length: 15 }, (_, index) => `extraVolumeMounts[${index + 1}].mountPath`),
  ],
  [
    'a mount of a volume that nobody defines',
    { extraVolumeMounts: [{ name: 'nowhere', mountPath: '/nowhere' }] },
    ['extraVolumeMounts[0].name', 'nowhere'],
  ],
  [
    'labels that select',
    {
      commonLabels: { 'app.kubernetes.io/name': 'a' },
      podLabels: { 'app.kubernetes.io/instance': 'a' },
      service: { labels: { 'app.kubernetes.io/component': 'a' } },
      exposure: { nodePort: { labels: { 'app.kubernetes.io/component': 'a' } } },
      persistence: { labels: { 'app.kubernetes.io/name': 'a' } },
    },
    ['commonLabels', 'podLabels', 'service.labels', 'exposure.nodePort.labels', 'persistence.labels'],
  ],
  [
    'annotations that members believe',
    {
      commonAnnotations: { 'etcd-chart/generation': '2-x' },
      podAnnotations: { 'etcd-chart/generation': '2-x' },
      persistence: { annotations: { 'etcd-chart/generation': '2-x' } },
    },
    ['commonAnnotations', 'podAnnotations', 'persistence.annotations'],
  ],
  [
    'ports that Kubernetes does not have for nodes',
    nodePorts({ port: 2379, perMember: true, memberPorts: [32768, 30000, 29999] }),
    [
      'exposure.nodePort.port: 2379',
      'exposure.nodePort.memberPorts[0]: 32768',
      'exposure.nodePort.memberPorts[2]: 29999',
      'exposure.nodePort.range',
    ],
  ],
  [
    'ports outside of the range that the API server has',
    nodePorts({ port: 30000, range: '20000-22767' }),
    ['exposure.nodePort.port', '20000-22767'],
  ],
  [
    'one port on the nodes for two Services',
    nodePorts({ port: 30001, perMember: true, memberPorts: [30000, 30001, 30000] }),
    ['exposure.nodePort.port: 30001', 'exposure.nodePort.memberPorts[2]: 30000'],
  ],
  [
    'an Ingress without a name and without TLS',
    { exposure: { ingress: { enabled: true } } },
    ['exposure.ingress.host: ""', 'exposure.ingress.secretName: ""'],
  ],
  [
    'passthrough to members that speak no TLS',
    {
      exposure: {
        ingress: { enabled: true, host: 'etcd.test', tls: 'passthrough' },
        gateway: { enabled: true, host: 'etcd.test', kind: 'TLSRoute', parentRefs: [{ name: 'public' }] },
      },
    },
    ['exposure.ingress.tls: passthrough', 'exposure.gateway.kind: TLSRoute'],
  ],
  [
    'a certificate of a controller that never sees TLS',
    { ...operatorTls, exposure: { ingress: { ...passthrough, secretName: 'mine' } } },
    ['exposure.ingress.secretName: "mine"'],
  ],
  [
    'TLS that ends before an etcd that wants certificates',
    {
      ...operatorTls,
      exposure: {
        ingress: { enabled: true, host: 'etcd.test', secretName: '-' },
        gateway: { enabled: true, host: 'etcd.test', parentRefs: [{ name: 'public' }] },
      },
    },
    ['exposure.ingress.tls: terminate', 'exposure.gateway.kind: GRPCRoute'],
  ],
  [
    'a route from nowhere to nobody',
    { exposure: { gateway: { enabled: true } } },
    ['exposure.gateway.host: ""', 'exposure.gateway.parentRefs: []'],
  ],
  ['TLS of an operator that runs nothing', { operator: { tls: { provider: 'auto' } } }, ['operator.tls']],
  [
    'what the operator takes otherwise',
    { mode: 'operator', replicaCount: 0, persistence: { storageClass: '-' } },
    ['replicaCount: 0', 'persistence.storageClass: "-"'],
  ],
  [
    'ports for some of the members',
    nodePorts({ perMember: true, memberPorts: [30000, 30001] }),
    ['exposure.nodePort.memberPorts: [30000,30001]'],
  ],
  [
    'a partition of an update by hand',
    { statefulSet: { updateStrategy: { type: 'OnDelete', partition: 1 } } },
    ['statefulSet.updateStrategy.partition'],
  ],
  ['a busybox that needs libraries', { tools: { busybox: { tag: '1.37.0' } } }, ['tools.busybox.tag']],
];

/** Returns the complaints of validate.yaml, one line each. */
async function complaints(values: JsonObject, options?: RenderOptions): Promise<string[]> {
  const message = await refusal(values, options);
  return message.split('\n').filter(line => line.startsWith('- '));
}

describe.each(refused)('refuses %s', (_, values, named) => {
  test('which the schema alone would let pass', () => {
    expect(valuesComplaints(values)).toEqual([]);
  });

  test.each(helms)('by %s, naming each key, with rule and remedy', async helm => {
    const lines = await complaints(values, { helm });
    for (const key of named) expect(lines.join('\n')).toContain(key);
    for (const line of lines)
      expect(line).toMatch(
        /^- [a-zA-Z]+[\w.[\]-]*: .+[;,] .*\b(set|use|keep|remove|lower|raise|insist|change|add|pick|clear)\b/,
      );
    expect(new Set(lines).size).toBe(lines.length);
  });
});

describe('refuses arguments that the chart or its scripts give', () => {
  const taken = [
    'advertise-client-urls',
    'auto-compaction-mode',
    'auto-compaction-retention',
    'config-file',
    'data-dir',
    'discovery',
    'discovery-srv',
    'discovery-token',
    'election-timeout',
    'experimental-compact-hash-check-enabled',
    'experimental-initial-corrupt-check',
    'experimental-max-learners',
    'feature-gates',
    'force-new-cluster',
    'heartbeat-interval',
    'initial-advertise-peer-urls',
    'initial-cluster',
    'initial-cluster-state',
    'initial-cluster-token',
    'listen-client-http-urls',
    'listen-client-urls',
    'listen-metrics-urls',
    'listen-peer-urls',
    'log-format',
    'log-level',
    'logger',
    'max-learners',
    'name',
    'quota-backend-bytes',
    'snapshot-count',
    'strict-reconfig-check',
    'wal-dir',
    // Members listen on plain HTTP: these would promise what they do not do.
    'auto-tls',
    'cert-file',
    'client-cert-auth',
    'key-file',
    'peer-auto-tls',
    'peer-cert-file',
    'peer-client-cert-auth',
    'peer-key-file',
    'peer-trusted-ca-file',
    'trusted-ca-file',
  ];

  test.each(helms)('%s', async helm => {
    const lines = await complaints(
      { extraArgs: Object.fromEntries(taken.map(name => [name, 'x'])) },
      { helm },
    );
    for (const name of taken)
      expect(lines.filter(line => line.startsWith(`- extraArgs.${name}: `)).length, name).toBe(1);
  });

  test('every one that the template renders', async () => {
    for (const minor of ['v3.5.35', 'v3.6.16', 'v3.7.3']) {
      const { args = [] } = container(await renderPod(tag(minor)), 'etcd');
      for (const argument of args) expect(taken).toContain(/^--([^=]+)=/.exec(argument)?.[1]);
    }
  });

  test.each(['v3.6.16', 'v3.7.3'])(
    'experimental ones from %s on, where they have other names',
    async minor => {
      const values = { ...tag(minor), extraArgs: { 'experimental-watch-progress-notify-interval': '10m' } };
      if (minor === 'v3.7.3')
        expect((await complaints(values)).join()).toContain(
          'extraArgs.experimental-watch-progress-notify-interval',
        );
      else expect((await render(values)).manifests.length).toBeGreaterThan(0);
    },
  );
});

describe('refuses variables that the chart or etcd reads', () => {
  test.each(helms)('%s', async helm => {
    const { env = [] } = container(await renderPod(), 'etcd');
    const taken = [
      ...env.map(({ name }) => name),
      'KUBECONFIG',
      'BIND_ADDRESS',
      'ETCD_NAME',
      'ETCDCTL_ENDPOINTS',
    ];
    const lines = await complaints(
      { extraEnv: Object.fromEntries(taken.map(name => [name, 'x'])) },
      { helm },
    );
    for (const name of taken)
      expect(lines.filter(line => line.startsWith(`- extraEnv.${name}: `)).length, name).toBe(1);
    expect(taken.length).toBeGreaterThan(14);
  });
});

describe('refuses kinds that the Kubernetes cluster does not serve', () => {
  const asking: readonly (readonly [key: string, kind: string, values: JsonObject])[] = [
    [
      'exposure.gateway.enabled',
      'gateway.networking.k8s.io/v1/GRPCRoute',
      { exposure: { gateway: { enabled: true, host: 'etcd.test', parentRefs: [{ name: 'public' }] } } },
    ],
    [
      'exposure.gateway.enabled',
      'gateway.networking.k8s.io/v1/TLSRoute',
      {
        ...operatorTls,
        exposure: {
          gateway: { enabled: true, kind: 'TLSRoute', host: 'etcd.test', parentRefs: [{ name: 'public' }] },
        },
      },
    ],
    [
      'exposure.ingress.controller',
      'traefik.io/v1alpha1/IngressRouteTCP',
      { ...operatorTls, exposure: { ingress: { ...passthrough, controller: 'traefik' } } },
    ],
    ['mode', 'operator.etcd.io/v1alpha1/EtcdCluster', { mode: 'operator' }],
  ];

  test.each(asking)('%s: %s', async (key, kind, values) => {
    const served = customApis.filter(each => each !== kind);
    for (const helm of helms) {
      const lines = await complaints(values, { helm, apiVersions: served });
      expect(lines).toEqual([
        expect.stringMatching(new RegExp(`^- ${key}: .*serves no ${kind};.* add --api-versions ${kind}$`)),
      ]);
    }
    expect((await render(values, { apiVersions: [...served, kind] })).manifests.length).toBeGreaterThan(3);
  });
});

test.each(helms)('%s names all mistakes at once, each once', async helm => {
  const lines = await complaints(
    {
      replicaCount: 0,
      persistence: { enabled: false },
      image: { tag: 'latest' },
      config: { quotaBackendBytes: 10_000_000_000 },
      extraArgs: { name: 'me' },
      fullnameOverride: 'N'.repeat(53),
    },
    { helm },
  );
  const keys = lines.map(line => /^- ([\w.]+):/.exec(line)?.[1]);
  expect(keys.sort()).toEqual([
    'config.quotaBackendBytes',
    'extraArgs.name',
    'fullnameOverride',
    'fullnameOverride',
    'image.tag',
    'replicaCount',
  ]);
});

describe('accepts', () => {
  test.each<readonly [string, JsonObject]>([
    ['any etcd when told so', { image: { tag: 'v3.8.0', allowUnsupportedTag: true } }],
    ['an etcd of its own when told so', { image: { tag: 'our-build', allowUnsupportedTag: true } }],
    ['an etcd below the floor when told so', { image: { tag: 'v3.7.0', allowUnsupportedTag: true } }],
    [
      'a quota above 8 GiB when told so',
      { config: { quotaBackendBytes: 17_179_869_184, allowLargeQuota: true } },
    ],
    ['a quota of 8 GiB', { config: { quotaBackendBytes: 8_589_934_592 } }],
    ['a tag with a suffix', tag('v3.7.3-amd64')],
    ['an election after five heartbeats', { config: { heartbeatInterval: 200 } }],
    [
      'a number of revisions',
      { config: { autoCompactionMode: 'revision', autoCompactionRetention: '1000' } },
    ],
    ['no members with persistence', { replicaCount: 0 }],
    [
      'arguments that nobody else gives',
      { extraArgs: { 'max-request-bytes': 3_145_728, 'enable-pprof': true } },
    ],
    [
      'experimental arguments where etcd has them',
      { ...tag('v3.5.35'), extraArgs: { 'experimental-warning-apply-duration': '200ms' } },
    ],
    ['labels and annotations of others', { commonLabels: { 'app.kubernetes.io/part-of': 'shop' } }],
    [
      'the first and the last port of the range, and more ports than members',
      nodePorts({ port: 30000, perMember: true, memberPorts: [32767, 30001, 30002, 30003] }),
    ],
    [
      'an Ingress with the default certificate of its controller',
      { exposure: { ingress: { enabled: true, host: 'etcd.test', secretName: '-' } } },
    ],
    ['an Ingress and a route that nobody asked for', { exposure: { ingress: { tls: 'passthrough' } } }],
    ['ports that nobody uses', { exposure: { nodePort: { port: 1, memberPorts: [2, 2] } } }],
    ['a static busybox of another name', { tools: { busybox: { tag: '1.37.0-uclibc' } } }],
  ])('%s', async (_, values) => {
    expect((await render(values)).manifests.length).toBeGreaterThan(6);
  });
});

describe('Kubernetes', () => {
  test.each(helms)('below the oldest supported one is refused by %s', async helm => {
    expect(await refusal({}, { helm, kubeVersion: '1.33.9' })).toMatch(/requires kubeVersion: >=1\.34\.0-0/);
  });

  test.each(['1.34.0', '1.34.0-gke.1', 'v1.34.0-eks-1'])('%s is accepted', async kubeVersion => {
    expect((await render({}, { kubeVersion })).manifests.length).toBeGreaterThan(6);
  });
});
