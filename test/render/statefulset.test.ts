import { describe, expect, test } from 'vitest';
import { render } from '../support/helm.ts';
import type { JsonObject } from '../support/json.ts';
import { everything } from '../support/permutations.ts';
import {
  container,
  environment,
  mounts,
  renderPod,
  renderScripts,
  renderStatefulSet,
  volume,
} from '../support/pod.ts';

describe('the set', () => {
  test.each([0, 1, 2, 3, 9])('always says how many members there are: %i', async replicaCount => {
    expect((await renderStatefulSet({ replicaCount })).spec.replicas).toBe(replicaCount);
  });

  test('starts and stops its members together', async () => {
    expect((await renderStatefulSet()).spec.podManagementPolicy).toBe('Parallel');
  });

  test('names its members by the headless Service', async () => {
    const { spec } = await renderStatefulSet();
    expect((await render()).by('Service', spec.serviceName ?? '').spec.clusterIP).toBe('None');
  });

  test('leaves a new member more than the 5 s that etcd wants it connected', async () => {
    expect((await renderStatefulSet()).spec.minReadySeconds).toBeGreaterThan(5);
  });

  test('numbers its members from 0', async () => {
    expect((await renderStatefulSet(everything)).spec.ordinals).toBeUndefined();
  });

  test.each([0, 2])('keeps %i old revisions', async revisionHistoryLimit => {
    const { spec } = await renderStatefulSet({ statefulSet: { revisionHistoryLimit } });
    expect(spec.revisionHistoryLimit).toBe(revisionHistoryLimit);
  });

  test.each([0, 2])('updates the members from %i on', async partition => {
    const { spec } = await renderStatefulSet({ statefulSet: { updateStrategy: { partition } } });
    expect(spec.updateStrategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { partition } });
  });

  test('updates on deletion alone when told so', async () => {
    const { spec } = await renderStatefulSet({ statefulSet: { updateStrategy: { type: 'OnDelete' } } });
    expect(spec.updateStrategy).toEqual({ type: 'OnDelete' });
  });

  test('keeps what Kubernetes refuses to change, whatever else the values say', async () => {
    const { persistence, nameOverride, fullnameOverride, ...changed } = everything;
    const fixed = async (values: JsonObject): Promise<object> => {
      const { serviceName, selector, podManagementPolicy, volumeClaimTemplates } = (
        await renderStatefulSet(values)
      ).spec;
      return { serviceName, selector, podManagementPolicy, volumeClaimTemplates };
    };
    expect([persistence, nameOverride, fullnameOverride]).not.toContain(undefined);
    expect(await fixed(changed)).toEqual(await fixed({}));
  });
});

describe('the volumes', () => {
  test('are claims named data, of the size and class that the values say', async () => {
    const { volumeClaimTemplates, template } = (await renderStatefulSet(everything)).spec;
    expect(volumeClaimTemplates).toEqual([
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: {
          name: 'data',
          labels: { ...(await renderStatefulSet(everything)).spec.selector.matchLabels, tier: 'gold' },
          annotations: {
            'backup.example/policy': 'none',
            'argocd.argoproj.io/sync-options': 'Prune=false',
          },
        },
        spec: {
          accessModes: ['ReadWriteOncePod'],
          storageClassName: 'fast',
          volumeMode: 'Filesystem',
          resources: { requests: { storage: '1Ti' } },
        },
      },
    ]);
    expect(template.spec.volumes?.map(({ name }) => name)).not.toContain('data');
  });

  test.each([
    ['the default of the Kubernetes cluster', {}, undefined],
    ['the one that the values name', { persistence: { storageClass: 'fast' } }, 'fast'],
    ['none', { persistence: { storageClass: '-' } }, ''],
    ['the global one', { global: { storageClass: 'slow' } }, 'slow'],
    [
      'their own before the global one',
      { persistence: { storageClass: 'fast' }, global: { storageClass: 'slow' } },
      'fast',
    ],
  ] as const)('have as storage class %s', async (_, values, expected) => {
    const [claim] = (await renderStatefulSet(values)).spec.volumeClaimTemplates ?? [];
    expect(claim?.spec.storageClassName).toBe(expected);
  });

  test.each(['Retain', 'Delete'])(
    'stay when the set is scaled in, also with whenDeleted %s',
    async whenDeleted => {
      const { spec } = await renderStatefulSet({ persistence: { whenDeleted } });
      expect(spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenScaled: 'Retain', whenDeleted });
    },
  );

  test('stay by default when the release is uninstalled', async () => {
    expect((await renderStatefulSet()).spec.persistentVolumeClaimRetentionPolicy?.whenDeleted).toBe('Retain');
  });

  test('are the pods own without persistence', async () => {
    const { spec } = await renderStatefulSet({ persistence: { enabled: false } });
    expect(spec.volumeClaimTemplates).toBeUndefined();
    expect(spec.persistentVolumeClaimRetentionPolicy).toBeUndefined();
    expect(volume(spec.template.spec, 'data').emptyDir).toEqual({});
  });
});

describe('the pod', () => {
  test('runs etcd and its keeper', async () => {
    const { containers } = await renderPod();
    expect(containers.map(({ name }) => name)).toEqual(['etcd', 'keeper']);
    expect(container(await renderPod(), 'keeper').image).toBe(container(await renderPod(), 'etcd').image);
  });

  test('gets no variables from Services: etcd would take ETCD_PORT for a flag of its own', async () => {
    expect((await renderPod()).enableServiceLinks).toBe(false);
  });

  test('has 60 s to hand over and leave', async () => {
    expect((await renderPod()).terminationGracePeriodSeconds).toBe(60);
  });

  test('tells the scripts how long it has', async () => {
    const pod = await renderPod({ terminationGracePeriodSeconds: 120 });
    expect(pod.terminationGracePeriodSeconds).toBe(120);
    expect(environment(container(pod, 'etcd')).GRACE_PERIOD_SECONDS).toBe('120');
  });

  test('prefers different nodes and zones by default', async () => {
    const { spec } = await renderStatefulSet();
    const { affinity, topologySpreadConstraints } = spec.template.spec;
    const labelSelector = spec.selector;
    expect(affinity).toEqual({
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 100, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector } },
        ],
      },
    });
    expect(topologySpreadConstraints).toEqual([
      {
        maxSkew: 1,
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector,
      },
    ]);
  });

  test('insists on different nodes and zones when told so', async () => {
    const { spec } = await renderStatefulSet({ spread: { nodes: 'hard', zones: 'hard' } });
    const { affinity, topologySpreadConstraints } = spec.template.spec;
    expect(affinity?.podAntiAffinity).toEqual({
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'kubernetes.io/hostname', labelSelector: spec.selector },
      ],
    });
    expect(topologySpreadConstraints?.map(({ whenUnsatisfiable }) => whenUnsatisfiable)).toEqual([
      'DoNotSchedule',
    ]);
  });

  test('goes anywhere when told so', async () => {
    const pod = await renderPod({ spread: { nodes: 'none', zones: 'none' } });
    expect([pod.affinity, pod.topologySpreadConstraints]).toEqual([undefined, undefined]);
  });

  test('keeps its own anti-affinity beside a node affinity of the values', async () => {
    const nodeAffinity = (everything.affinity as JsonObject).nodeAffinity ?? null;
    const { affinity } = await renderPod({ affinity: { nodeAffinity } });
    expect(affinity?.nodeAffinity).toEqual(nodeAffinity);
    expect(affinity?.podAntiAffinity).toEqual((await renderPod()).affinity?.podAntiAffinity);
  });

  test('takes an anti-affinity of the values in place of its own', async () => {
    const podAntiAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'rack', labelSelector: { matchLabels: {} } },
      ],
    };
    expect((await renderPod({ affinity: { podAntiAffinity } })).affinity).toEqual({ podAntiAffinity });
  });

  test('hands on what the values say about scheduling', async () => {
    const pod = await renderPod(everything);
    for (const key of [
      'nodeSelector',
      'tolerations',
      'topologySpreadConstraints',
      'priorityClassName',
      'runtimeClassName',
      'schedulerName',
    ] as const)
      expect(pod[key], key).toEqual(everything[key]);
  });

  test('has no scheduling rule that nobody asked for', async () => {
    const pod = await renderPod();
    for (const key of [
      'nodeSelector',
      'tolerations',
      'priorityClassName',
      'runtimeClassName',
      'schedulerName',
    ] as const)
      expect(pod[key], key).toBeUndefined();
  });

  test('pulls with every secret once', async () => {
    expect((await renderPod(everything)).imagePullSecrets?.map(({ name }) => name).sort()).toEqual([
      'first',
      'second',
      'third',
    ]);
    expect((await renderPod()).imagePullSecrets).toBeUndefined();
  });

  test('mounts the volumes of the values beside its own', async () => {
    const pod = await renderPod(everything);
    expect(volume(pod, 'certificates').secret).toEqual({ secretName: 'certificates' });
    expect(mounts(container(pod, 'etcd'))).toMatchObject({ '/certificates': 'certificates' });
  });
});

describe.each(['etcd', 'keeper'])('the container %s', name => {
  const own = async (values: JsonObject = {}) => container(await renderPod(values), name);

  test('runs its script by the shell of busybox', async () => {
    const script = name === 'etcd' ? '/scripts/start.sh' : '/scripts/keep.sh';
    expect((await own()).command).toEqual(['/opt/busybox/bin/sh', script]);
    const { data = {} } = await renderScripts();
    expect(Object.keys(data).map(file => `/scripts/${file}`)).toContain(script);
  });

  test('knows who and where it is', async () => {
    const { env = [] } = await own();
    const fields = env.flatMap(({ name, valueFrom }) =>
      valueFrom === undefined ? [] : [[name, valueFrom.fieldRef?.fieldPath]],
    );
    expect(Object.fromEntries(fields)).toEqual({
      POD_NAME: 'metadata.name',
      POD_UID: 'metadata.uid',
      POD_NAMESPACE: 'metadata.namespace',
      POD_IPS: 'status.podIPs',
    });
  });

  test('knows the set and its record', async () => {
    const pod = await renderPod({}, { release: 'orders', namespace: 'shop' });
    expect(environment(container(pod, name))).toEqual({
      STATEFULSET: 'orders-etcd',
      RECORD: 'orders-etcd-cluster',
      MEMBER_HOST: 'orders-etcd-%s.orders-etcd-peer.shop.svc.cluster.local',
      SELECTOR:
        'app.kubernetes.io/name=etcd,app.kubernetes.io/instance=orders,app.kubernetes.io/component=etcd',
      PERSISTENCE: 'true',
      GRACE_PERIOD_SECONDS: '60',
      DATA_DIR: '/var/lib/etcd',
      RUN_DIR: '/run/etcd',
      HOME: '/run/etcd',
      PATH: '/opt/busybox/bin:/opt/kubectl/bin:/usr/local/bin',
    });
  });

  test('knows whether volumes outlive pods', async () => {
    expect(environment(await own({ persistence: { enabled: false } })).PERSISTENCE).toBe('false');
  });

  test('finds members in the cluster domain of the values', async () => {
    expect(environment(await own({ clusterDomain: 'k8s.example' })).MEMBER_HOST).toBe(
      'etcd-%s.etcd-peer.default.svc.k8s.example',
    );
  });

  test('sees the scripts, the token and a directory to work in', async () => {
    expect(mounts(await own())).toMatchObject({
      '/scripts': 'scripts',
      '/run/etcd': 'run',
      '/var/run/secrets/kubernetes.io/serviceaccount': 'api-access',
    });
  });

  test('writes to its data and to its directory alone', async () => {
    const { volumeMounts = [] } = await own();
    const writable = volumeMounts
      .filter(({ readOnly }) => readOnly !== true)
      .map(({ mountPath }) => mountPath);
    expect(writable.sort()).toEqual(name === 'etcd' ? ['/run/etcd', '/var/lib/etcd'] : ['/run/etcd']);
  });
});

describe('the container etcd', () => {
  const etcd = async (values: JsonObject = {}) => container(await renderPod(values), 'etcd');

  test('has the ports for clients, peers and metrics', async () => {
    expect((await etcd()).ports).toEqual([
      { name: 'client', containerPort: 2379 },
      { name: 'peer', containerPort: 2380 },
      { name: 'metrics', containerPort: 2381 },
    ]);
  });

  test('is live by itself alone', async () => {
    const { livenessProbe } = await etcd();
    expect(livenessProbe?.httpGet).toEqual({ path: '/livez', port: 'metrics' });
  });

  test('is ready when a quorum is, asked every second from the first', async () => {
    const { readinessProbe } = await etcd();
    expect(readinessProbe).toMatchObject({ httpGet: { path: '/readyz', port: 'metrics' }, periodSeconds: 1 });
    expect(readinessProbe?.initialDelaySeconds ?? 0).toBe(0);
  });

  test('may replay its log for an hour before it counts as dead', async () => {
    const { startupProbe = {} } = await etcd();
    expect(startupProbe.exec?.command).toEqual(['/opt/busybox/bin/sh', '/scripts/started.sh', '5']);
    expect(startupProbe.initialDelaySeconds ?? 0).toBe(0);
    expect((startupProbe.periodSeconds ?? 0) * (startupProbe.failureThreshold ?? 0)).toBeGreaterThanOrEqual(
      3600,
    );
  });

  test.each(['startupProbe', 'livenessProbe', 'readinessProbe'] as const)(
    'takes the times of %s',
    async probe => {
      expect((await etcd(everything))[probe]).toMatchObject(everything[probe] as JsonObject);
    },
  );

  test('leaves or hands over before it stops', async () => {
    expect((await etcd()).lifecycle).toEqual({
      preStop: { exec: { command: ['/opt/busybox/bin/sh', '/scripts/leave.sh'] } },
    });
  });

  test('adds the variables of the values, whatever their type', async () => {
    const { env = [] } = await etcd(everything);
    for (const variable of [
      { name: 'NUMBER', value: '1000000' },
      { name: 'SWITCH', value: 'false' },
      { name: 'TEXT', value: 'on' },
      { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    ])
      expect(env).toContainEqual(variable);
  });

  test('takes its resources from the values', async () => {
    expect((await etcd(everything)).resources).toEqual(everything.resources);
  });
});

describe('the container keeper', () => {
  test('has no volume, no port and no probe to fail by', async () => {
    const keeper = container(await renderPod(everything), 'keeper');
    expect(Object.values(mounts(keeper))).not.toContain('data');
    for (const key of ['ports', 'startupProbe', 'livenessProbe', 'readinessProbe', 'lifecycle'] as const)
      expect(keeper[key], key).toBeUndefined();
  });

  test('takes its resources from the values', async () => {
    const { resources } = container(await renderPod(everything), 'keeper');
    expect(resources).toEqual((everything.keeper as JsonObject).resources);
  });
});
