import { findRuntime, run } from '../../../scripts/cluster/runtime.ts';

/** Stands every process of a node still, its kubelet's and its pods' among them, while `during` runs. */
export async function whileFrozen<T>(node: string, during: () => Promise<T>): Promise<T> {
  await run(await findRuntime(), ['pause', node]);
  try {
    return await during();
  } finally {
    await thaw(node);
  }
}

/** Lets a node's processes run; returns whether they stood still. */
export async function thaw(node: string): Promise<boolean> {
  const runtime = await findRuntime();
  const state = await run(runtime, ['container', 'inspect', '--format={{.State.Status}}', node]);
  if (state.trim() !== 'paused') return false;
  await run(runtime, ['unpause', node]);
  return true;
}
