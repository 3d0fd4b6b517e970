import type { Pod } from '../release/objects.ts';
import { findRuntime, run } from './runtime.ts';

/** A process on a node of the cluster. */
export interface NodeProcess {
  node: string;
  pid: string;
}

/**
 * The etcd of a pod as its node sees it: inside the pod nobody but its own shell could signal it. It is known by
 * its name and by the pod's uid in its cgroup, since other pods on the node, the control plane's among them, run
 * an etcd too. Throws when there is none.
 */
export async function etcdProcess({ metadata, spec }: Pod): Promise<NodeProcess> {
  const node = spec.nodeName ?? '';
  const { name, uid } = metadata;
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
      `node ${node} runs no etcd of the pod ${name} (${uid}) among the processes ${pids.join(', ') || '(none)'}`,
    );
  }
  return { node, pid };
}

/** Sends a signal to a process on its node. Throws when it is gone. */
export async function signalProcess(
  { node, pid }: NodeProcess,
  signal: 'KILL' | 'STOP' | 'CONT',
): Promise<void> {
  await run(await findRuntime(), ['exec', node, 'kill', `-${signal}`, pid]);
}
