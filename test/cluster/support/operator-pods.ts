// The pods that etcd-operator makes of an EtcdCluster, made by hand: names, labels, addresses, arguments and environment
// are the operator's. What is not: all members form the cluster together, where the operator adds one after the other.
import type { Scene } from './scene.ts';

/** The part of an EtcdCluster that is read here. */
export interface EtcdCluster {
  metadata: { name: string; uid: string };
  spec: {
    size: number;
    version: string;
    imageRegistry: string;
    etcdOptions: string[];
    storageSpec?: Record<string, string>;
  };
  status?: { readyReplicas?: number };
}

/** Who has the pods: a StatefulSet, as in v0.2.0, or the EtcdCluster itself, as in the operator's sources after it. */
export type Owner = 'StatefulSet' | 'EtcdCluster';

/** Returns the EtcdCluster of that name as the API server keeps it. */
export async function etcdCluster(at: Scene, name: string): Promise<EtcdCluster> {
  return at.api.json(
    'GET',
    `/apis/operator.etcd.io/v1alpha1/namespaces/${at.namespace}/etcdclusters/${name}`,
  );
}

/** Makes the headless Service and the members' pods; does not wait for them. They keep no data. */
export async function makeOperatorPods(at: Scene, cluster: EtcdCluster, owner: Owner): Promise<void> {
  const { name, uid } = cluster.metadata;
  const labels = { app: name, controller: name };
  await at.api.json('POST', at.core('services'), {
    body: { metadata: { name, labels }, spec: { clusterIP: 'None', selector: labels } },
  });
  if (owner === 'StatefulSet') {
    const template = { metadata: { labels }, spec: podSpec(at, cluster) };
    const selector = { matchLabels: labels };
    const spec = {
      replicas: cluster.spec.size,
      serviceName: name,
      podManagementPolicy: 'Parallel',
      selector,
      template,
    };
    await at.api.json('POST', `/apis/apps/v1/namespaces/${at.namespace}/statefulsets`, {
      body: { metadata: { name }, spec },
    });
    return;
  }
  const reference = {
    apiVersion: 'operator.etcd.io/v1alpha1',
    kind: 'EtcdCluster',
    name,
    uid,
    controller: true,
  };
  for (const pod of podNames(cluster)) {
    const metadata = { name: pod, labels, ownerReferences: [reference] };
    const spec = { ...podSpec(at, cluster), hostname: pod, subdomain: name };
    await at.api.json('POST', at.core('pods'), { body: { metadata, spec } });
  }
}

const podNames = ({ metadata, spec }: EtcdCluster): string[] =>
  Array.from({ length: spec.size }, (_, ordinal) => `${metadata.name}-${ordinal}`);

function podSpec(at: Scene, cluster: EtcdCluster): object {
  const { metadata, spec } = cluster;
  const address = (pod: string, port: number): string =>
    `http://${pod}.${metadata.name}.${at.namespace}.svc.cluster.local:${port}`;
  const initial = podNames(cluster).map(pod => `${pod}=${address(pod, 2380)}`);
  return {
    containers: [
      {
        name: 'etcd',
        image: `${spec.imageRegistry}:${spec.version}`,
        command: ['/usr/local/bin/etcd'],
        args: [
          '--name=$(POD_NAME)',
          '--listen-peer-urls=http://0.0.0.0:2380',
          '--listen-client-urls=http://0.0.0.0:2379',
          `--initial-advertise-peer-urls=${address('$(POD_NAME)', 2380)}`,
          `--advertise-client-urls=${address('$(POD_NAME)', 2379)}`,
          ...spec.etcdOptions,
        ],
        env: [
          { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          // etcd refuses to start with a flag and a variable of one meaning: these are the operator's own.
          { name: 'ETCD_INITIAL_CLUSTER_STATE', value: 'new' },
          { name: 'ETCD_INITIAL_CLUSTER', value: initial.join() },
          { name: 'ETCD_DATA_DIR', value: '/var/lib/etcd' },
        ],
        ports: [
          { name: 'client', containerPort: 2379 },
          { name: 'peer', containerPort: 2380 },
        ],
      },
    ],
  };
}
