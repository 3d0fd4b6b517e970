// A render, read as objects, and what Kubernetes would say about it.
import { kubeconformComplaints } from './kubeconform.ts';
import { type Manifest, parseManifests } from './manifest.ts';
import type { Kinds } from './objects.ts';
import { complaintsAbout } from './schema.ts';

/** What Helm printed. `render` gives only those that Kubernetes would accept. */
export interface Rendered {
  /** What Helm printed. */
  readonly text: string;
  readonly manifests: readonly Manifest[];
  /** Returns the object of that kind and name; throws, listing what there is, when it was not rendered. */
  by<K extends keyof Kinds>(kind: K, name: string): Kinds[K];
}

/** Returns the objects in `text`, frozen. Throws what parseManifests throws. */
export function readRendered(text: string): Rendered {
  const manifests = parseManifests(text);
  return { text, manifests, by: (kind, name) => find(manifests, kind, name) };
}

/**
 * Returns what a Kubernetes release has against a render: each object by the strict schema of its kind in
 * Ajv, and all together by kubeconform, one line a complaint, none when all is well.
 */
export async function refusedByKubernetes({ text, manifests }: Rendered, release: string): Promise<string[]> {
  const complaints = await Promise.all([
    ...manifests.map(async ({ kind, name, object }) =>
      (await complaintsAbout(object, release)).map(complaint => `${kind}/${name}: ${complaint}`),
    ),
    kubeconformComplaints(text, release),
  ]);
  return complaints.flat();
}

/** Returns `text` with one line between documents: Helm 4 puts an empty one there, Helm 3 does not. */
export function separated(text: string): string {
  return text.replaceAll(/\n+(?=---\n)/g, '\n').trimEnd();
}

function find<K extends keyof Kinds>(manifests: readonly Manifest[], kind: K, name: string): Kinds[K] {
  const found = manifests.find(manifest => manifest.kind === kind && manifest.name === name);
  if (found === undefined) {
    const names = manifests.map(manifest => `${manifest.kind}/${manifest.name}`);
    throw new Error(`There is no ${kind}/${name} among ${names.join(', ') || 'nothing at all'}`);
  }
  // The schema of its kind has accepted it.
  return found.object as Kinds[K];
}
