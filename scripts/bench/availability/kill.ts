import { findRuntime, run } from '../../cluster/runtime.ts';
import type { Pod } from '../../release/objects.ts';

/**
 * Finds the etcd of a pod on its node and returns what kills it with SIGKILL: inside the container it is
 * process 1, which the kernel shields. The process is known by its name and by the pod's uid in its cgroup.
 * Throws when there is none.
 */
export async function killerOf({ metadata, spec }: Pod): Promise<() => Promise<void>> {
  const node = spec.nodeName ?? '';
  const runtime = await findRuntime();
  const pids = (await run(runtime, ['exec', node, 'pgrep', '-x', 'etcd'])).split('\n').filter(Boolean);
  const uids = [metadata.uid, metadata.uid.replaceAll('-', '_')];
  for (const pid of pids) {
    const cgroup = await run(runtime, ['exec', node, 'cat', `/proc/${pid}/cgroup`]);
    if (!uids.some(uid => cgroup.includes(uid))) continue;
    return async () => {
      await run(runtime, ['exec', node, 'kill', '-9', pid]);
    };
  }
  throw new Error(`node ${node} runs no etcd of the pod ${metadata.name} (${metadata.uid})`);
}
