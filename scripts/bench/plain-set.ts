/** Name of the plain set and of its headless Service. */
export const PLAIN = 'plain';
/** Name of the Service for its clients. */
export const PLAIN_CLIENT = 'plain-client';

/**
 * What the chart is measured against: three etcd members in a StatefulSet with a static member list and no
 * more, made ready as quickly as Kubernetes can. It forms a new cluster whenever its volumes are empty, which
 * is what the chart takes its time to rule out.
 */
export function plainSet(namespace: string, image: string): object {
  const host = (pod: string) => `http://${pod}.${PLAIN}.${namespace}.svc.cluster.local`;
  const initialCluster = [0, 1, 2].map(n => `${PLAIN}-${n}=${host(`${PLAIN}-${n}`)}:2380`).join(',');
  const labels = { 'app.kubernetes.io/name': PLAIN };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: PLAIN, namespace },
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: labels,
      ports: [
        { name: 'peer', port: 2380 },
        { name: 'client', port: 2379 },
      ],
    },
  };
  const client = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: PLAIN_CLIENT, namespace },
    spec: { selector: labels, ports: [{ name: 'client', port: 2379 }] },
  };
  const probe = (path: string) => ({ httpGet: { path, port: 2381 }, periodSeconds: 1, timeoutSeconds: 5 });
  const container = {
    name: 'etcd',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/usr/local/bin/etcd'],
    args: [
      '--name=$(POD_NAME)',
      '--data-dir=/var/lib/etcd/data',
      '--listen-client-urls=http://0.0.0.0:2379',
      '--listen-peer-urls=http://0.0.0.0:2380',
      '--listen-metrics-urls=http://0.0.0.0:2381',
      `--advertise-client-urls=${host('$(POD_NAME)')}:2379`,
      `--initial-advertise-peer-urls=${host('$(POD_NAME)')}:2380`,
      `--initial-cluster=${initialCluster}`,
    ],
    env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    startupProbe: { ...probe('/livez'), failureThreshold: 600 },
    readinessProbe: { ...probe('/readyz'), failureThreshold: 3 },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
    volumeMounts: [{ name: 'data', mountPath: '/var/lib/etcd' }],
  };
  const set = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: PLAIN, namespace },
    spec: {
      replicas: 3,
      serviceName: PLAIN,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65532,
            runAsGroup: 65532,
            fsGroup: 65532,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [container],
        },
      },
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '20Gi' } } },
        },
      ],
    },
  };
  return { apiVersion: 'v1', kind: 'List', items: [service, client, set] };
}
