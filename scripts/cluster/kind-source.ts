import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** What kind's own sources say about a node image. */
export interface KindSource {
  /** Directory with the files that kind's base image adds to a root file system. */
  files: string;
  /** Manifest of the default storage class. */
  storageManifest: string;
  storageImages: { provisioner: string; helper: string };
  /** The pause image that its containerd configuration names. */
  pauseImage: string;
}

/** Returns what a node image takes from kind's Go module. Throws when the module lays things out in another way. */
export async function kindSource(): Promise<KindSource> {
  const module = join(import.meta.dirname, '..', 'modules', 'kind');
  const { stdout } = await execa('go', ['mod', 'download', '-json', 'sigs.k8s.io/kind'], { cwd: module });
  const { Dir: directory } = JSON.parse(stdout) as { Dir: string };
  const files = join(directory, 'images', 'base', 'files');
  const [storage, containerd] = await Promise.all([
    readFile(join(directory, 'pkg', 'build', 'nodeimage', 'const_storage.go'), 'utf8'),
    readFile(join(files, 'etc', 'containerd', 'config.toml'), 'utf8'),
  ]);
  const provisioner = match(storage, /const storageProvisionerImage = "([^"]+)"/);
  const helper = match(storage, /const storageHelperImage = "([^"]+)"/);
  // Go: `…` + constant + `…`.
  const storageManifest = match(storage, /const defaultStorageManifest = (`[\s\S]*)$/)
    .replaceAll('` + storageProvisionerImage + `', provisioner)
    .replaceAll('` + storageHelperImage + `', helper)
    .replace(/^`|`\s*$/g, '');
  if (storageManifest.includes('`')) {
    throw new Error(`${directory}: const_storage.go joins its manifest from other constants than expected`);
  }
  return {
    files,
    storageManifest,
    storageImages: { provisioner, helper },
    pauseImage: match(containerd, /sandbox_image = "([^"]+)"/),
  };
}

function match(text: string, pattern: RegExp): string {
  const [, found] = pattern.exec(text) ?? [];
  if (found === undefined) throw new Error(`kind's sources do not contain ${pattern.source}`);
  return found;
}
