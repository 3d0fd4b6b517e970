// Once for all files of this tier: the cluster, its images, the client pod, and no remains of former runs.
import type { TestProject } from 'vitest/node';
import { ClientPod } from '../../scripts/client/pod.ts';
import { type Cluster, deleteCluster, ensureCluster, ensureImages } from '../../scripts/cluster/cluster.ts';
import { chartImages, clientImage, etcdImage } from '../../scripts/images/chart-images.ts';
import { deleteNamespace } from '../../scripts/release/namespace.ts';
import { versions } from '../../scripts/tools/catalogue.ts';
import { createNamespace, keepsNamespaces, sweepNamespaces } from './support/namespace.ts';
import { sweepNodes } from './support/sweep.ts';

declare module 'vitest' {
  interface ProvidedContext {
    cluster: Cluster;
    clientNamespace: string;
    nodeImage: string;
  }
}

/** `npm run test:cluster -- --kubernetes` says another version than the newest, which gets a cluster of its own. */
const kubernetes = process.env.CLUSTER_KUBERNETES ?? versions.kubernetes;
const ownCluster = kubernetes !== versions.kubernetes;
const clusterName = ownCluster ? `etcd-${kubernetes}` : 'etcd';

/** vitest's name for it. Returns the end: the client pod goes, and a cluster that was made for these tests alone. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const report = (line: string) => console.error(`cluster: ${line}`);
  await sweepNodes(clusterName, report);
  // One worker: with two clusters of four nodes, kubelets run out of the inotify instances that Linux allows a user.
  const workers = ownCluster ? 1 : 3;
  const cluster = await ensureCluster({ report, name: clusterName, kubernetes, workers });
  const tags = Object.values(versions.etcd).map(etcdImage);
  await ensureImages(cluster, [...new Set([...chartImages, ...tags, clientImage])], report);
  await sweepNamespaces(cluster, report);
  const clientNamespace = await createNamespace(cluster, 'client');
  await ClientPod.start({ cluster, namespace: clientNamespace, image: clientImage });
  project.provide('cluster', cluster);
  project.provide('clientNamespace', clientNamespace);
  project.provide('nodeImage', clientImage);
  return async () => {
    if (keepsNamespaces) return;
    if (ownCluster) await deleteCluster(report, clusterName);
    else await deleteNamespace(cluster, clientNamespace);
  };
}
