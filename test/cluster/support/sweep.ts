import type { Report } from '../../../scripts/progress.ts';
import { restoreApiServer } from './apiserver.ts';
import { nodesOf } from './node-shell.ts';
import { passPackets } from './packets.ts';

/**
 * Undoes what an interrupted run left behind on the nodes of a cluster; to be called before anybody takes the
 * cluster for broken. (Cordoned nodes are uncordoned where the cluster is looked for.)
 */
export async function sweepNodes(cluster: string, report: Report): Promise<void> {
  const nodes = await nodesOf(cluster);
  await Promise.all(nodes.map(passPackets));
  if (nodes.length > 0 && (await restoreApiServer(cluster))) {
    report('putting back the API server that an interrupted run stopped');
  }
}
