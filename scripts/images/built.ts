import { realpath } from 'node:fs/promises';
import { program } from '../cluster/binaries.ts';
import { goBuild } from '../go/build.ts';
import type { Report } from '../progress.ts';
import { catalogueTool } from '../tools/catalogue.ts';
import { type ImageArchive, type ImageContent, imageArchive } from './archive.ts';
import { applets, busybox } from './busybox.ts';
import { sharedLibraries } from './shared-libraries.ts';

/**
 * Builds the image `name` (full name with tag) from Go modules, Debian sources or this machine's own
 * Node, with the programs where the official image of that name has them. Throws an error that lists
 * what can be built when it is none of these.
 */
export async function builtImage(name: string, report?: Report): Promise<ImageArchive> {
  const { repository, tag } = splitImage(name);
  const recipe = recipes[repository];
  if (recipe === undefined) {
    throw new Error(
      `${name} cannot be pulled here, and only images of ${Object.keys(recipes).join(', ')} can be built`,
    );
  }
  return imageArchive([name], await recipe(tag, report), report);
}

/** Builds the images `names` one after the other. */
export async function builtImages(names: readonly string[], report?: Report): Promise<ImageArchive[]> {
  const archives: ImageArchive[] = [];
  for (const name of names) archives.push(await builtImage(name, report));
  return archives;
}

/** Returns repository and tag of a full image name. Throws when it has no tag, or names a digest. */
export function splitImage(name: string): { repository: string; tag: string } {
  const [, repository, tag] = /^([^@]+):([^:/@]+)$/.exec(name) ?? [];
  if (repository === undefined || tag === undefined) {
    throw new Error(`${name}: an image is named here by registry, repository and tag`);
  }
  return { repository, tag };
}

/** The files that every image here has, like the small official ones: users, a place for temporary files. */
export const baseContent = {
  texts: {
    '/etc/passwd':
      'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
    '/etc/group': 'root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n',
  },
  directories: { '/tmp': 0o1777, '/root': 0o700, '/home/nonroot': 0o755 },
} as const;

export const searchPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Returns the content of a busybox image around `binary`: one link per applet, as the official image has. */
export async function busyboxContent(binary: string): Promise<ImageContent> {
  const hardLinks = Object.fromEntries((await applets(binary)).map(name => [`/bin/${name}`, '/bin/busybox']));
  return {
    ...baseContent,
    files: { '/bin/busybox': binary },
    hardLinks,
    config: { Cmd: ['sh'], Env: [searchPath] },
  };
}

type Recipe = (tag: string, report?: Report) => Promise<ImageContent>;

const recipes: Readonly<Record<string, Recipe>> = {
  'gcr.io/etcd-development/etcd': etcd,
  'docker.io/library/busybox': async (tag, report) =>
    busyboxContent(await busybox(tag.replace(/-musl$/, ''), report)),
  'registry.k8s.io/kubectl': async (tag, report) => {
    const { go } = catalogueTool('kubectl', tag.replace(/^v/, ''));
    const programs = await goBuild({ ...go, report });
    return {
      ...baseContent,
      files: { '/bin/kubectl': program(programs, 'kubectl') },
      config: { Entrypoint: ['/bin/kubectl'], Env: [searchPath] },
    };
  },
  'docker.io/library/node': node,
};

async function etcd(tag: string, report?: Report): Promise<ImageContent> {
  const { go } = catalogueTool('etcd', tag.replace(/^v/, ''));
  const programs = await goBuild({ ...go, report });
  const names = ['etcd', 'etcdctl', 'etcdutl'];
  return {
    ...baseContent,
    directories: { ...baseContent.directories, '/var/etcd': 0o755, '/var/lib/etcd': 0o755 },
    files: Object.fromEntries(names.map(name => [`/usr/local/bin/${name}`, program(programs, name)])),
    config: { Cmd: ['/usr/local/bin/etcd'], Env: [searchPath], WorkingDir: '/var/lib/etcd' },
  };
}

async function node(tag: string): Promise<ImageContent> {
  const [major] = process.versions.node.split('.');
  if (tag.split(/[.-]/)[0] !== major) {
    throw new Error(
      `docker.io/library/node:${tag} cannot be pulled here, and it can only be made from this machine's own Node, which is ${process.versions.node}`,
    );
  }
  const binary = await realpath(process.execPath);
  return {
    ...baseContent,
    files: { ...(await sharedLibraries(binary)), '/usr/local/bin/node': binary },
    config: { Cmd: ['/usr/local/bin/node'], Env: [searchPath] },
  };
}
