import { nodeContainers } from '../../../scripts/cluster/containers.ts';
import { findRuntime } from '../../../scripts/cluster/runtime.ts';
import type { Report } from '../../../scripts/progress.ts';
import { restoreApiServer } from './apiserver.ts';
import { unmountDisks } from './disk.ts';
import { thaw } from './freeze.ts';
import { nodesOf } from './node-shell.ts';
import { passPackets } from './packets.ts';

/**
 * Undoes what an interrupted run left behind on the nodes of a cluster; to be called before anybody takes the
 * cluster for broken. (Cordoned nodes are uncordoned where the cluster is looked for.)
 */
export async function sweepNodes(cluster: string, report: Report): Promise<void> {
  for (const { name, state } of await nodeContainers(await findRuntime(), cluster)) {
    // Nothing can be run on a frozen node.
    if (state !== 'running' && (await thaw(name)))
      report(`letting the node ${name} run that was frozen by an interrupted run`);
  }
  const nodes = await nodesOf(cluster);
  await Promise.all(nodes.map(passPackets));
  await Promise.all(nodes.map(unmountDisks));
  if (nodes.length > 0 && (await restoreApiServer(cluster))) {
    report('putting back the API server that an interrupted run stopped');
  }
}
