import { findRuntime, run } from '../../../scripts/cluster/runtime.ts';
import type { Scene } from './scene.ts';

/**
 * Kills the etcd of a pod with SIGKILL, on its node: inside the container it is process 1, which the kernel
 * shields. The process is known by its name and by the pod's uid in its cgroup, since other pods on the node,
 * the control plane's among them, run an etcd too. Throws when there is none.
 */
export async function killEtcd(scene: Scene, pod: string): Promise<void> {
  const { metadata, spec } = await scene.pod(pod);
  const node = spec.nodeName ?? '';
  const runtime = await findRuntime();
  const pids = (await run(runtime, ['exec', node, 'pgrep', '-x', 'etcd'])).split('\n').filter(Boolean);
  const uid = metadata.uid;
  for (const pid of pids) {
    const cgroup = await run(runtime, ['exec', node, 'cat', `/proc/${pid}/cgroup`]);
    if (!cgroup.includes(uid) && !cgroup.includes(uid.replaceAll('-', '_'))) continue;
    await run(runtime, ['exec', node, 'kill', '-9', pid]);
    return;
  }
  throw new Error(
    `node ${node} runs no etcd of the pod ${pod} (${uid}) among the processes ${pids.join(', ')}`,
  );
}
