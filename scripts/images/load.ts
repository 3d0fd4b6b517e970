import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from '../cache.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { nodeContainers, type Runtime, run } from '../cluster/containers.ts';
import { findRuntime } from '../cluster/runtime.ts';
import { pull } from '../cluster/stock-image.ts';
import type { Report } from '../progress.ts';
import { archiveId, type ImageArchive } from './archive.ts';
import { builtImage } from './built.ts';

/**
 * Makes sure that every node of `cluster` has `images` (full names with tag): pulled where the node image
 * could be pulled, built otherwise. Loads only what a node lacks. Throws when an image is not to be had.
 */
export async function ensureImages(
  cluster: Cluster,
  images: readonly string[],
  report?: Report,
): Promise<void> {
  const runtime = await findRuntime({ cluster: cluster.name, report });
  const nodes = await nodeContainers(runtime, cluster.name);
  const references = await Promise.all(
    nodes.map(async ({ name }) => ({ name, has: await nodeReferences(runtime, name) })),
  );
  for (const image of new Set(images)) {
    if (cluster.built) {
      const archive = await builtImage(image, report);
      const lacking = references.filter(({ has }) => !has.has(image) || !has.has(archive.id));
      await load(runtime, lacking, image, archive, builtNodeFlags, report);
    } else {
      const lacking = references.filter(({ has }) => !has.has(image));
      if (lacking.length > 0) await pullAndLoad(runtime, lacking, image, report);
    }
  }
}

/** Puts the image in `file`, an archive as `docker save` writes it, on every node that lacks it. */
export async function loadArchive(
  cluster: Cluster,
  image: string,
  file: string,
  report?: Report,
): Promise<void> {
  const runtime = await findRuntime({ cluster: cluster.name, report });
  const id = await archiveId(file);
  const nodes = await nodeContainers(runtime, cluster.name);
  const has = await Promise.all(nodes.map(({ name }) => nodeReferences(runtime, name)));
  const lacking = nodes.filter((_, index) => !has[index]?.has(image) || !has[index]?.has(id));
  await load(runtime, lacking, image, { file, id }, cluster.built ? builtNodeFlags : [], report);
}

/** Every name that a node's containerd has for an image: tags, digests, IDs. */
async function nodeReferences(runtime: Runtime, node: string): Promise<ReadonlySet<string>> {
  const stdout = await run(runtime, ['exec', node, 'ctr', '--namespace=k8s.io', 'images', 'ls', '--quiet']);
  return new Set(stdout.split('\n'));
}

async function pullAndLoad(
  runtime: Runtime,
  nodes: readonly { name: string }[],
  image: string,
  report?: Report,
): Promise<void> {
  report?.(`pulling ${image}`);
  const outcome = await pull(runtime, image);
  if (outcome !== 'pulled') {
    const reason = outcome === 'missing' ? 'the registry has no such image' : outcome.reason;
    throw new Error(`${image} cannot be pulled with ${runtime.name}: ${reason}`);
  }
  const file = join(cacheDir('images'), `pulled-${process.pid}.tar`);
  try {
    await run(runtime, ['save', '--output', file, image]);
    await load(runtime, nodes, image, { file, id: await archiveId(file) }, [], report);
  } finally {
    await rm(file, { force: true });
  }
}

// The unpacked files are all that a node needs. The ctr of an older stock image may not know these.
const builtNodeFlags = ['--local', '--discard-unpacked-layers'];

async function load(
  runtime: Runtime,
  nodes: readonly { name: string }[],
  image: string,
  archive: ImageArchive,
  flags: readonly string[],
  report?: Report,
): Promise<void> {
  if (nodes.length === 0) return;
  report?.(`loading ${image} into ${nodes.map(({ name }) => name).join(', ')}`);
  await Promise.all(
    nodes.map(async ({ name }) => {
      const ctr = ['exec', '-i', name, 'ctr', '--namespace=k8s.io', 'images'];
      await run(runtime, [...ctr, 'import', ...flags, '-'], {
        inputFile: archive.file,
      });
      // An image volume looks the image up by its ID, and a running containerd gives imported images no such name.
      await run(runtime, [...ctr, 'tag', '--force', image, archive.id]);
    }),
  );
}
