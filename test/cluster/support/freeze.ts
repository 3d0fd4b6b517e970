import { run } from '../../../scripts/cluster/runtime.ts';
import { nodeRuntime } from './node-shell.ts';

/** Stands every process of a node still, its kubelet's and its pods' among them, while `during` runs. */
export async function whileFrozen<T>(node: string, during: () => Promise<T>): Promise<T> {
  await run(await nodeRuntime(), ['pause', node]);
  try {
    return await during();
  } finally {
    await thaw(node);
  }
}

/** Lets a node's processes run; that they run already is right, too. */
export async function thaw(node: string): Promise<void> {
  const runtime = await nodeRuntime();
  const state = await run(runtime, ['container', 'inspect', '--format={{.State.Status}}', node]);
  if (state === 'paused') await run(runtime, ['unpause', node]);
}
