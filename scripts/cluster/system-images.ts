import { readdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { ensureDebianPackages } from '../debian-packages.ts';
import { goBuild } from '../go/build.ts';
import { type ImageArchive, type ImageContent, imageArchive } from '../images/archive.ts';
import { baseContent, busyboxContent, searchPath, splitImage } from '../images/built.ts';
import { busybox, busyboxVersion } from '../images/busybox.ts';
import { sharedLibraries } from '../images/shared-libraries.ts';
import type { Report } from '../progress.ts';
import { catalogueTool } from '../tools/catalogue.ts';
import { type NodePrograms, program } from './binaries.ts';
import type { KindSource } from './kind-source.ts';

/**
 * Returns archives of every image that Kubernetes `version` runs on its nodes, under the names
 * that its kubeadm and kind ask for.
 */
export async function systemImages(
  version: string,
  programs: NodePrograms,
  kind: KindSource,
  report?: Report,
): Promise<ImageArchive[]> {
  const { stdout } = await execa(program(programs.kubernetes, 'kubeadm'), [
    'config',
    'images',
    'list',
    `--kubernetes-version=v${version}`,
  ]);
  const shell = await busybox(busyboxVersion, report);
  const archives: ImageArchive[] = [];
  for (const name of stdout.split('\n').filter(line => line !== '')) {
    // containerd names the pause image it wants in its own configuration; kubeadm's name is a second one.
    const names = splitImage(name).repository === 'registry.k8s.io/pause' ? [kind.pauseImage, name] : [name];
    archives.push(
      await imageArchive([...new Set(names)], await content(name, programs, shell, report), report),
    );
  }
  archives.push(
    await imageArchive(
      [kind.storageImages.provisioner],
      single(programs.localPathProvisioner, 'local-path-provisioner'),
      report,
    ),
    await imageArchive([kind.storageImages.helper], await busyboxContent(shell), report),
  );
  return archives;
}

async function content(
  name: string,
  programs: NodePrograms,
  shell: string,
  report?: Report,
): Promise<ImageContent> {
  const { repository, tag } = splitImage(name);
  const short = repository.split('/').at(-1) ?? repository;
  switch (short) {
    case 'kube-apiserver':
    case 'kube-controller-manager':
    case 'kube-scheduler':
      return single(program(programs.kubernetes, short), short);
    case 'kube-proxy':
      return kubeProxy(program(programs.kubernetes, short), report);
    case 'coredns':
      return {
        ...single(programs.coredns, short),
        config: { Entrypoint: ['/usr/local/bin/coredns'], Env: [searchPath] },
      };
    case 'etcd':
      return single(await etcd(tag, report), short);
    case 'pause':
      // Waits, and reaps what a pod with one process space leaves; the trap lets it end at once.
      return {
        ...baseContent,
        files: { '/bin/busybox': shell },
        config: {
          Entrypoint: [
            '/bin/busybox',
            'sh',
            '-c',
            'trap "exit 0" TERM INT; while :; do /bin/busybox sleep 86400 & wait $!; done',
          ],
        },
      };
    default:
      throw new Error(`kubeadm wants ${name}, which is not known here how to build`);
  }
}

function single(file: string, name: string): ImageContent {
  return {
    ...baseContent,
    files: { [`/usr/local/bin/${name}`]: file },
    config: { Entrypoint: [`/usr/local/bin/${name}`], Env: [searchPath] },
  };
}

// The control plane's own etcd: kubeadm's tag counts rebuilds (3.7.0-0), its flags depend on the minor.
async function etcd(tag: string, report?: Report): Promise<string> {
  const minor = tag.split('.').slice(0, 2).join('.');
  const { go } = catalogueTool('etcd', minor);
  return program(await goBuild({ ...go, report }), 'etcd');
}

// kube-proxy calls iptables: Debian's, with the libraries and extensions that it loads.
async function kubeProxy(binary: string, report?: Report): Promise<ImageContent> {
  await ensureDebianPackages(['iptables'], 'for the image of kube-proxy', { report });
  const multi = await realpath('/usr/sbin/iptables-nft');
  const [xtables] = Object.values(await sharedLibraries(multi)).filter(path =>
    path.includes('/libxtables.so'),
  );
  if (xtables === undefined) throw new Error(`${multi} does not load its extensions through libxtables`);
  const directory = join(dirname(xtables), 'xtables');
  const extensions: Record<string, string> = {};
  for (const name of await readdir(directory)) {
    extensions[join(directory, name)] = await realpath(join(directory, name));
  }
  const files = {
    '/usr/local/bin/kube-proxy': binary,
    '/usr/sbin/xtables-nft-multi': multi,
    ...extensions,
    ...(await sharedLibraries(multi, ...Object.values(extensions))),
  };
  const symlinks = Object.fromEntries(
    ['iptables', 'ip6tables']
      .flatMap(name => [name, `${name}-save`, `${name}-restore`])
      .map(name => [`/usr/sbin/${name}`, 'xtables-nft-multi']),
  );
  return {
    ...baseContent,
    directories: { ...baseContent.directories, '/run': 0o755 },
    files,
    symlinks,
    config: { Entrypoint: ['/usr/local/bin/kube-proxy'], Env: [searchPath] },
  };
}
