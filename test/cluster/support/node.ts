import { findRuntime, run } from '../../../scripts/cluster/runtime.ts';
import type { Scene } from './scene.ts';

/** A process on a node of the cluster. */
export interface NodeProcess {
  node: string;
  pid: string;
}

/**
 * The etcd of a pod as its node sees it: inside the container the kernel shields it from signals. It is known by
 * its name and by the pod's uid in its cgroup, since other pods on the node, the control plane's among them, run
 * an etcd too. Throws when there is none.
 */
export async function etcdOf(scene: Scene, pod: string): Promise<NodeProcess> {
  const { metadata, spec } = await scene.pod(pod);
  const node = spec.nodeName ?? '';
  const { uid } = metadata;
  const runtime = await findRuntime();
  // pgrep fails where nothing is found.
  const found = await run(runtime, ['exec', node, 'pgrep', '-x', 'etcd']).catch(() => '');
  const pids = found.split('\n').filter(Boolean);
  const cgroups = await Promise.all(
    // A process that has just ended has no cgroup.
    pids.map(pid => run(runtime, ['exec', node, 'cat', `/proc/${pid}/cgroup`]).catch(() => '')),
  );
  const index = cgroups.findIndex(
    cgroup => cgroup.includes(uid) || cgroup.includes(uid.replaceAll('-', '_')),
  );
  const pid = pids[index];
  if (pid === undefined) {
    throw new Error(
      `node ${node} runs no etcd of the pod ${pod} (${uid}) among the processes ${pids.join(', ') || '(none)'}`,
    );
  }
  return { node, pid };
}

/** Sends a signal to a process on its node. */
export async function signalProcess(
  { node, pid }: NodeProcess,
  signal: 'KILL' | 'STOP' | 'CONT',
): Promise<void> {
  await run(await findRuntime(), ['exec', node, 'kill', `-${signal}`, pid]);
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
