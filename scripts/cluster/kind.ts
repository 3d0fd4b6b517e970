import { rm, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { tool } from '../tools/tool.ts';
import { type Runtime, removeLostNodes } from './containers.ts';
import { kindConfig } from './kind-config.ts';
import type { Location } from './location.ts';

/** Creates the cluster; its pods have no network yet when `ownNetwork` is set. Throws with kind's own words. */
export async function createKind(
  runtime: Runtime,
  location: Location,
  node: { image: string; workers: number; ownNetwork: boolean },
): Promise<void> {
  await writeFile(location.unfinished, '');
  const input = await kindConfig(runtime, node.workers, node.ownNetwork);
  await kind(runtime, location, ['create', 'cluster', `--image=${node.image}`, '--config=-'], input);
}

/** Writes the kubeconfig of a cluster that exists. */
export async function exportKubeconfig(runtime: Runtime, location: Location): Promise<void> {
  await kind(runtime, location, ['export', 'kubeconfig']);
}

/** Deletes the cluster's containers, also those of a half-made one, and the files about it. That there is none is right too. */
export async function deleteKind(runtime: Runtime, location: Location): Promise<void> {
  await removeLostNodes(runtime, location.name);
  await kind(runtime, location, ['delete', 'cluster']);
  await rm(location.kubeconfig, { force: true });
  await rm(location.unfinished, { force: true });
}

async function kind(
  runtime: Runtime,
  { name, kubeconfig }: Location,
  args: readonly string[],
  input?: string,
): Promise<void> {
  const program = await tool('kind');
  await execa(program, [...args, `--name=${name}`, `--kubeconfig=${kubeconfig}`], {
    env: runtime.env,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  });
}
