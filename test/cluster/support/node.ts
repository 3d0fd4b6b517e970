import { etcdProcess, type NodeProcess, signalProcess } from '../../../scripts/cluster/node-process.ts';
import { findRuntime, run } from '../../../scripts/cluster/runtime.ts';
import type { Scene } from './scene.ts';

export { type NodeProcess, signalProcess };

/** The etcd of the scene's pod of that name. Throws when there is none. */
export async function etcdOf(scene: Scene, pod: string): Promise<NodeProcess> {
  return etcdProcess(await scene.pod(pod));
}

/** Whether a process is still there, also one that stands still. */
export async function isAlive({ node, pid }: NodeProcess): Promise<boolean> {
  return run(await findRuntime(), ['exec', node, 'kill', '-0', pid]).then(
    () => true,
    () => false,
  );
}

/** Kills the etcd of each pod with SIGKILL, all at once. Throws when one has none. */
export async function killEtcd(scene: Scene, ...pods: string[]): Promise<void> {
  const processes = await Promise.all(pods.map(pod => etcdOf(scene, pod)));
  await Promise.all(processes.map(process => signalProcess(process, 'KILL')));
}

/** Stops the kubelet of a node while `during` runs: its containers go on, nobody restarts or deletes them. */
export async function withoutKubelet(node: string, during: () => Promise<void>): Promise<void> {
  const runtime = await findRuntime();
  await run(runtime, ['exec', node, 'systemctl', 'stop', 'kubelet']);
  try {
    await during();
  } finally {
    await run(runtime, ['exec', node, 'systemctl', 'start', 'kubelet']);
  }
}
