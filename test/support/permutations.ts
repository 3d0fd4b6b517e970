// Values that between them reach every branch of the templates. What holds for every render is tested on all.
import type { RenderOptions } from './helm.ts';
import type { JsonObject } from './json.ts';

export interface Permutation {
  readonly name: string;
  readonly values: JsonObject;
  readonly options?: RenderOptions;
}

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** Another value than the default for everything there is, save what the others have. */
export const everything: JsonObject = {
  replicaCount: 5,
  restore: { id: 'way-back', from: { member: 4, archive: '1-5f0c.20260102-030405' }, force: true },
  image: {
    registry: 'mirror.example',
    repository: 'images/etcd',
    tag: '3.6.16',
    digest,
    pullPolicy: 'Always',
  },
  config: {
    quotaBackendBytes: 8_589_934_592,
    autoCompactionMode: 'revision',
    autoCompactionRetention: 10_000,
    heartbeatInterval: 250,
    electionTimeout: 2500,
    snapshotCount: 1_000_000,
    logLevel: 'debug',
    logFormat: 'console',
    featureGates: { CompactHashCheck: false, InitialCorruptCheck: false, StopGRPCServiceOnDefrag: true },
  },
  extraArgs: { 'max-txn-ops': 1_000_000, 'pre-vote': false, metrics: 'extensive' },
  extraEnv: {
    NUMBER: 1_000_000,
    SWITCH: false,
    TEXT: 'on',
    NODE: { valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
  },
  clusterDomain: 'k8s.example',
  persistence: {
    storageClass: 'fast',
    accessModes: ['ReadWriteOncePod'],
    size: '1Ti',
    labels: { tier: 'gold' },
    annotations: { 'backup.example/policy': 'none' },
    whenDeleted: 'Delete',
    class: {
      create: true,
      provisioner: 'disks.example',
      parameters: { type: 'fast', encrypted: 'true' },
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'Immediate',
      allowVolumeExpansion: false,
      mountOptions: ['discard'],
      labels: { 'example.com/class': 'label' },
      annotations: { 'example.com/class': 'annotation' },
    },
  },
  resources: { requests: { cpu: 2, memory: '4Gi' }, limits: { memory: '4Gi' } },
  keeper: { resources: { requests: { cpu: '20m', memory: '48Mi' }, limits: { memory: '128Mi' } } },
  tools: {
    source: 'copy',
    busybox: {
      registry: 'mirror.example:5000',
      repository: 'images/busybox',
      tag: '1.36.1-musl',
      digest,
      pullPolicy: 'Always',
    },
    kubectl: {
      registry: 'mirror.example:5000',
      repository: 'images/kubectl',
      tag: 'v1.36.3',
      digest,
      pullPolicy: 'Never',
    },
    resources: { requests: { cpu: '20m', memory: '48Mi' }, limits: { memory: '64Mi' } },
  },
  containerSecurityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'etcd.json' } },
  startupProbe: { periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 900 },
  livenessProbe: { periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 60 },
  readinessProbe: { periodSeconds: 2, timeoutSeconds: 4, failureThreshold: 2 },
  extraVolumes: [{ name: 'certificates', secret: { secretName: 'certificates' } }],
  extraVolumeMounts: [{ name: 'certificates', mountPath: '/certificates', readOnly: true }],
  podSecurityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, fsGroupChangePolicy: 'Always' },
  podLabels: { team: 'storage' },
  podAnnotations: { 'scrape.example/port': '2381' },
  imagePullSecrets: ['first', { name: 'second' }],
  nodeSelector: { disk: 'ssd' },
  tolerations: [{ key: 'etcd', operator: 'Exists', effect: 'NoSchedule' }],
  spread: { nodes: 'hard', zones: 'hard' },
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }],
      },
    },
  },
  topologySpreadConstraints: [
    { maxSkew: 2, topologyKey: 'rack', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: {} },
  ],
  priorityClassName: 'system-cluster-critical',
  runtimeClassName: 'gvisor',
  schedulerName: 'other-scheduler',
  terminationGracePeriodSeconds: 120,
  statefulSet: {
    labels: { 'example.com/set': 'label' },
    annotations: { 'example.com/set': 'annotation' },
    revisionHistoryLimit: 0,
    updateStrategy: { type: 'RollingUpdate', partition: 2 },
  },
  service: {
    labels: { 'example.com/service': 'label' },
    annotations: { 'example.com/service': 'annotation' },
    trafficDistribution: 'PreferSameZone',
    ipFamilyPolicy: 'PreferDualStack',
    ipFamilies: ['IPv6', 'IPv4'],
  },
  peerService: {
    labels: { 'example.com/peer': 'label' },
    annotations: { 'example.com/peer': 'annotation' },
    ipFamilyPolicy: 'RequireDualStack',
    ipFamilies: ['IPv6', 'IPv4'],
  },
  exposure: {
    nodePort: {
      enabled: true,
      port: 30500,
      perMember: true,
      memberPorts: [30501, 30502, 30503, 30504, 30505],
      range: '30500-30505',
      externalTrafficPolicy: 'Local',
      labels: { 'example.com/node-port': 'label' },
      annotations: { 'example.com/node-port': 'annotation' },
    },
    loadBalancer: {
      enabled: true,
      perMember: true,
      class: 'example.com/balancer',
      sourceRanges: ['10.0.0.0/8', '2001:db8::/32'],
      allocateNodePorts: false,
      externalTrafficPolicy: 'Local',
      labels: { 'example.com/balancer': 'label' },
      annotations: { 'example.com/balancer': 'annotation' },
    },
    ingress: {
      enabled: true,
      host: 'etcd.example.com',
      className: 'public',
      controller: 'traefik',
      secretName: 'certificate',
      labels: { 'example.com/ingress': 'label' },
      annotations: { 'example.com/ingress': 'annotation' },
    },
    gateway: {
      enabled: true,
      host: 'etcd.example.org',
      parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'etcd' }],
      labels: { 'example.com/gateway': 'label' },
      annotations: { 'example.com/gateway': 'annotation' },
    },
  },
  podDisruptionBudget: {
    maxUnavailable: '20%',
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    labels: { 'example.com/budget': 'label' },
    annotations: { 'example.com/budget': 'annotation' },
  },
  serviceAccount: {
    name: 'members',
    labels: { 'example.com/account': 'label' },
    annotations: { 'example.com/account': 'annotation' },
  },
  rbac: {
    labels: { 'example.com/role': 'label' },
    annotations: { 'example.com/role': 'annotation' },
  },
  nameOverride: 'store',
  fullnameOverride: 'configuration',
  commonLabels: { 'example.com/common': 'label' },
  commonAnnotations: { 'example.com/common': 'annotation' },
  global: { imagePullSecrets: ['second', 'third'] },
};

export const permutations: readonly Permutation[] = [
  { name: 'the defaults', values: {} },
  { name: 'everything', values: everything },
  { name: 'everything on Helm 3', values: everything, options: { helm: 'helm3' } },
  { name: 'the oldest Kubernetes', values: {}, options: { kubeVersion: '1.34.4' } },
  { name: 'Kubernetes without image volumes', values: {}, options: { kubeVersion: '1.35.4' } },
  { name: 'the first Kubernetes with image volumes', values: {}, options: { kubeVersion: '1.36.3' } },
  { name: 'no persistence', values: { persistence: { enabled: false } } },
  {
    name: 'volumes that exist',
    values: {
      persistence: {
        static: [
          { node: 'node-1', local: { path: '/mnt/etcd' } },
          { nfs: { server: 'files.example', path: '/etcd/1' }, mountOptions: ['hard'] },
          { csi: { driver: 'disks.example', volumeHandle: 'disk' } },
        ],
      },
    },
  },
  {
    name: 'one shared volume',
    values: {
      persistence: {
        shared: true,
        accessModes: ['ReadWriteMany'],
        static: [{ nfs: { server: 'files.example', path: '/' } }],
      },
    },
  },
  {
    name: 'a shared volume of a claim that exists',
    values: { persistence: { shared: true, accessModes: ['ReadWriteMany'], existingClaim: 'theirs' } },
  },
  { name: 'one member', values: { replicaCount: 1 } },
  { name: 'hibernation', values: { replicaCount: 0 } },
  { name: 'etcd 3.6', values: { image: { tag: 'v3.6.16' } } },
  { name: 'etcd 3.5', values: { image: { tag: 'v3.5.35' } } },
  { name: 'copied tools', values: { tools: { source: 'copy' } } },
  {
    name: 'an Ingress of HAProxy',
    values: {
      exposure: {
        ingress: { enabled: true, host: 'etcd.example.com', controller: 'haproxy', secretName: '-' },
      },
    },
  },
  { name: 'the operator', values: { mode: 'operator' } },
  {
    name: 'everything that the operator can do',
    values: {
      mode: 'operator',
      operator: {
        tls: {
          provider: 'cert-manager',
          providerCfg: {
            certManagerCfg: {
              issuerKind: 'ClusterIssuer',
              issuerName: 'authority',
              altNames: { dnsNames: ['etcd.example.com'], ipAddresses: ['192.0.2.1'] },
              validityDuration: '2160h',
            },
          },
        },
      },
      replicaCount: 5,
      extraArgs: { 'max-txn-ops': 1_000_000 },
      persistence: {
        storageClass: 'fast',
        size: 10_737_418_240,
        class: { create: true, provisioner: 'a.example' },
      },
      podLabels: { team: 'storage' },
      podAnnotations: { 'scrape.example/port': '2379' },
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'etcd', operator: 'Exists', effect: 'NoSchedule' }],
      spread: { nodes: 'hard', zones: 'none' },
      exposure: {
        nodePort: { enabled: true, perMember: true },
        ingress: { enabled: true, host: 'etcd.example.com', controller: 'traefik', tls: 'passthrough' },
        gateway: {
          enabled: true,
          kind: 'TLSRoute',
          host: 'etcd.example.org',
          parentRefs: [{ name: 'public' }],
        },
      },
      commonLabels: { 'example.com/common': 'label' },
    },
  },
  {
    name: 'the operator with nothing to say',
    values: { mode: 'operator', persistence: { enabled: false }, spread: { nodes: 'none' }, replicaCount: 1 },
  },
  { name: 'a node port', values: { exposure: { nodePort: { enabled: true, port: 30000 } } } },
  {
    name: 'a node port of a cluster that gives away all of them',
    values: { exposure: { nodePort: { enabled: true, port: 2379, range: '1-65535' } } },
  },
  {
    name: 'somebody else brings account and role',
    values: { serviceAccount: { create: false, name: 'theirs' }, rbac: { create: false } },
  },
  {
    name: 'affinities of their own',
    values: {
      affinity: {
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 1,
              podAffinityTerm: { topologyKey: 'rack', labelSelector: { matchLabels: { a: 'b' } } },
            },
          ],
        },
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'rack', labelSelector: { matchLabels: { a: 'b' } } },
          ],
        },
      },
    },
  },
  { name: 'no placement at all', values: { spread: { nodes: 'none', zones: 'none' } } },
  { name: 'deleted by hand', values: { statefulSet: { updateStrategy: { type: 'OnDelete' } } } },
  { name: 'no disruption budget', values: { podDisruptionBudget: { enabled: false } } },
  { name: 'global settings', values: { global: { imageRegistry: 'mirror.example', storageClass: 'fast' } } },
  { name: 'another release and namespace', values: {}, options: { release: 'orders', namespace: 'shop' } },
  {
    name: 'names that YAML reads as something else',
    values: { nameOverride: 'off', fullnameOverride: 'on', serviceAccount: { name: 'null' } },
    options: { release: '123', namespace: '456' },
  },
  {
    name: 'the longest names',
    values: {},
    options: { release: `r${'x'.repeat(45)}2`, namespace: `n${'y'.repeat(62)}` },
  },
];
