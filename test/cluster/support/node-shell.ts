import { nodeContainers, type Runtime } from '../../../scripts/cluster/containers.ts';
import { findRuntime, run } from '../../../scripts/cluster/runtime.ts';

let runtime: Promise<Runtime> | undefined;

/** The container runtime that runs the nodes; looked for once. */
export async function nodeRuntime(): Promise<Runtime> {
  runtime ??= findRuntime();
  return runtime;
}

/** Runs a command as root on a node; returns its output. Throws execa's error, which has command and stderr. */
export async function onNode(node: string, ...command: string[]): Promise<string> {
  return run(await nodeRuntime(), ['exec', node, ...command]);
}

/** As `onNode`, with text for the command's standard input. */
export async function feedNode(input: string, node: string, ...command: string[]): Promise<string> {
  return run(await nodeRuntime(), ['exec', '--interactive', node, ...command], { input });
}

/** The nodes of a cluster that run, also where its API server does not; none when there is no cluster. */
export async function nodesOf(cluster: string): Promise<string[]> {
  const nodes = await nodeContainers(await nodeRuntime(), cluster);
  return nodes.filter(({ state }) => state === 'running').map(({ name }) => name);
}
