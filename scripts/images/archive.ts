import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, copyFile, link, mkdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { cacheDir, cacheEntry } from '../cache.ts';
import type { Report } from '../progress.ts';

/** What one container image holds. Everything belongs to root; directories on the way are made. */
export interface ImageContent {
  /** Path inside the image → file of this machine, with its mode. */
  files: Readonly<Record<string, string>>;
  /** Path inside the image → text of a file, mode 0644. */
  texts?: Readonly<Record<string, string>>;
  /** Path inside the image → another path inside it that the link names. */
  symlinks?: Readonly<Record<string, string>>;
  /** Path inside the image → path of the file in it that is the same one. */
  hardLinks?: Readonly<Record<string, string>>;
  /** Directory inside the image → mode. */
  directories?: Readonly<Record<string, number>>;
  config: ImageConfig;
}

/** The part of an image's run configuration that is set here. */
export interface ImageConfig {
  Entrypoint?: readonly string[];
  Cmd?: readonly string[];
  Env?: readonly string[];
  User?: string;
  WorkingDir?: string;
}

/** An image in a file, as `docker save` writes it. */
export interface ImageArchive {
  file: string;
  /** The image's ID: `sha256:` and the digest of its configuration. */
  id: string;
}

/**
 * Returns an archive of the image `names` (full names with tag, all for the same content); one that is
 * in the cache is taken from there. Two runs over the same files give the same ID.
 */
export async function imageArchive(
  names: readonly string[],
  content: ImageContent,
  report?: Report,
): Promise<ImageArchive> {
  const [first = ''] = names;
  const key = createHash('sha256').update(JSON.stringify([names, content, await fingerprints(content)]));
  // The last two parts of the name, for the person who looks into the cache.
  const label = first.split('/').slice(-1).join('').replaceAll(':', '-');
  const file = join(cacheDir('images'), `${label}-${key.digest('hex').slice(0, 16)}.tar`);
  await cacheEntry(
    file,
    async partial => {
      report?.(`image ${first}`);
      await writeArchive(partial, names, content);
    },
    report,
  );
  return { file, id: await archiveId(file) };
}

/** Returns the image ID inside an archive in docker's format. Throws when it is none. */
export async function archiveId(file: string): Promise<string> {
  const { stdout } = await execa('tar', ['-xOf', file, 'manifest.json']);
  const [image] = JSON.parse(stdout) as { Config: string }[];
  const [, digest] = /([0-9a-f]{64})(?:\.json)?$/.exec(image?.Config ?? '') ?? [];
  if (digest === undefined) throw new Error(`${file}: no image configuration is named in its manifest.json`);
  return `sha256:${digest}`;
}

// Programs come from directories whose names carry a checksum, so size and time tell them apart.
async function fingerprints(content: ImageContent): Promise<string[]> {
  return Promise.all(
    Object.values(content.files).map(async file => {
      const { size, mtimeMs } = await stat(file);
      return `${size} ${mtimeMs}`;
    }),
  );
}

async function writeArchive(target: string, names: readonly string[], content: ImageContent): Promise<void> {
  const work = `${target}.work`;
  const tree = join(work, 'tree');
  try {
    await mkdir(tree, { recursive: true });
    await chmod(tree, 0o755);
    await fillTree(tree, content);
    const layer = join(work, 'layer.tar');
    await tar(['-cf', layer, '-C', tree, '.']);
    const layerDigest = await sha256(layer);
    const config = JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: content.config,
      rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'scripts/images' }],
    });
    const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
    const layerName = `${layerDigest}.tar`;
    await rename(layer, join(work, layerName));
    await writeFile(join(work, configName), config);
    await writeFile(
      join(work, 'manifest.json'),
      JSON.stringify([{ Config: configName, RepoTags: names, Layers: [layerName] }]),
    );
    await tar(['-cf', target, '-C', work, 'manifest.json', configName, layerName]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function fillTree(tree: string, content: ImageContent): Promise<void> {
  for (const [path, mode] of Object.entries(content.directories ?? {})) {
    const directory = await makeDirectory(tree, path);
    await chmod(directory, mode);
  }
  for (const [path, source] of Object.entries(content.files)) {
    await makeDirectory(tree, dirname(path));
    await linkOrCopy(source, join(tree, path));
  }
  for (const [path, text] of Object.entries(content.texts ?? {})) {
    await makeDirectory(tree, dirname(path));
    await writeFile(join(tree, path), text);
    await chmod(join(tree, path), 0o644);
  }
  for (const [path, target] of Object.entries(content.hardLinks ?? {})) {
    await makeDirectory(tree, dirname(path));
    await link(join(tree, target), join(tree, path));
  }
  for (const [path, target] of Object.entries(content.symlinks ?? {})) {
    await makeDirectory(tree, dirname(path));
    await symlink(target, join(tree, path));
  }
}

// Whatever this process's umask is, everybody in the container may read what is in the image.
async function makeDirectory(tree: string, path: string): Promise<string> {
  let directory = tree;
  for (const part of path.split('/').filter(part => part !== '' && part !== '.')) {
    directory = join(directory, part);
    const made = await mkdir(directory, { recursive: true });
    if (made !== undefined) await chmod(directory, 0o755);
  }
  return directory;
}

async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch {
    // Another file system, or a file of another user.
    await copyFile(source, target);
  }
}

async function tar(args: readonly string[]): Promise<void> {
  // Sorted, without owner and time: the same content gives the same digest.
  const same = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0'];
  await execa('tar', [...same, ...args]);
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
