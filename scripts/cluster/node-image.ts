import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { cacheDir, withLock } from '../cache.ts';
import type { ImageArchive } from '../images/archive.ts';
import { builtImages } from '../images/built.ts';
import { chartImages, clientImage } from '../images/chart-images.ts';
import type { Report } from '../progress.ts';
import { type NodePrograms, nodePrograms, type Programs, program, requireBuildable } from './binaries.ts';
import { hasImage, type Runtime, run } from './containers.ts';
import { type KindSource, kindSource } from './kind-source.ts';
import { nodeRootFilesystem } from './root-filesystem.ts';
import type { RunStage } from './stage.ts';
import { stockNodeImage } from './stock-image.ts';
import { systemImages } from './system-images.ts';
import { until } from './until.ts';

/** A node image in the runtime. */
export interface NodeImage {
  image: string;
  built: boolean;
}

/**
 * Returns the node image for Kubernetes `version`: kind's own where it can be pulled, else one built here
 * in stages. Throws an error with the remedy when neither is possible.
 */
export async function nodeImage(runtime: Runtime, version: string, stage: RunStage): Promise<NodeImage> {
  const stock = await stage('node image', report => stockNodeImage(runtime, version, report));
  if (stock !== undefined) return { image: stock, built: false };
  await requireBuildable(version);
  const programs = await stage('binaries', report => nodePrograms(version, report));
  const rootFilesystem = await stage('root file system', report => nodeRootFilesystem(report));
  const kind = await kindSource();
  const images = await stage('images', async report => [
    ...(await systemImages(version, programs, kind, report)),
    // What is unpacked in the image need not be loaded into each node.
    ...(await builtImages([...chartImages, clientImage], report)),
  ]);
  const parts = { version, programs, rootFilesystem, images, kind };
  return { image: await stage('node image', report => assemble(runtime, parts, report)), built: true };
}

/** The parts that the stages before made. */
interface NodeParts {
  version: string;
  programs: NodePrograms;
  rootFilesystem: string;
  images: readonly ImageArchive[];
  kind: KindSource;
}

const repository = 'localhost/etcd-chart/node';

/**
 * Puts the parts together as kind's own build does, imports the image into the runtime and returns its
 * name, which carries version and checksum. An image that is there is reused.
 */
async function assemble(runtime: Runtime, parts: NodeParts, report?: Report): Promise<string> {
  const name = `${repository}:v${parts.version}-${await checksum(parts)}`;
  if (await hasImage(runtime, name)) return name;
  const work = join(cacheDir('cluster'), 'node-image.partial');
  await withLock(
    work,
    async () => {
      // An interrupted run leaves its own behind.
      await rm(work, { recursive: true, force: true });
      try {
        const tree = join(work, 'tree');
        await mkdir(tree, { recursive: true });
        await execa('tar', ['--numeric-owner', '-xf', parts.rootFilesystem, '-C', tree]);
        await addKindFiles(tree, parts.kind);
        await addPrograms(tree, parts);
        await enableServices(tree);
        report?.(`unpacking ${parts.images.length} images into the node's containerd`);
        await preloadImages(tree, parts);
        report?.(`importing the node image into ${runtime.name}`);
        await importTree(runtime, tree, name);
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    },
    report,
  );
  await removeOlder(runtime, name);
  return name;
}

async function importTree(runtime: Runtime, tree: string, name: string): Promise<void> {
  const changes = [
    'ENTRYPOINT ["/usr/local/bin/entrypoint","/sbin/init"]',
    'STOPSIGNAL SIGRTMIN+3',
    'ENV container=docker',
  ];
  const args = ['import', ...changes.flatMap(change => ['--change', change]), '-', name];
  await execa('tar', ['--numeric-owner', '--xattrs', '-cf', '-', '-C', tree, '.'], {
    encoding: 'buffer',
    buffer: false,
  }).pipe(runtime.name, args, { env: runtime.env });
}

// Images of the same Kubernetes version that were made from other parts; one that a cluster still uses stays.
async function removeOlder(runtime: Runtime, name: string): Promise<void> {
  const format = ['--format', '{{.Repository}}:{{.Tag}}'];
  const list = await run(runtime, ['images', '--filter', `reference=${repository}`, ...format]);
  const [version = name] = name.split('-').slice(0, -1).join('-').split('\n');
  for (const other of list.split('\n')) {
    if (other !== name && other.startsWith(`${version}-`)) {
      await execa(runtime.name, ['rmi', other], { env: runtime.env, reject: false, stdin: 'ignore' });
    }
  }
}

// This file is one of the parts: what it does to the tree decides what comes out.
async function checksum(parts: NodeParts): Promise<string> {
  const { programs, images, rootFilesystem, kind } = parts;
  const hash = createHash('sha256')
    .update(await readFile(import.meta.filename))
    .update(JSON.stringify([programs, images, rootFilesystem, kind]));
  return hash.digest('hex').slice(0, 16);
}

async function addKindFiles(tree: string, kind: KindSource): Promise<void> {
  const copied = await readdir(kind.files, { recursive: true, withFileTypes: true });
  for (const file of copied.filter(entry => entry.isFile())) {
    const source = join(file.parentPath, file.name);
    const path = source.slice(kind.files.length);
    const target = join(tree, path);
    await mkdir(dirname(target), { recursive: true });
    await cp(source, target);
    const runs = path.startsWith('/usr/local/bin/') || path.startsWith('/kind/bin/');
    await chmod(target, runs ? 0o755 : 0o644);
  }
  await mkdir(join(tree, 'kind', 'manifests'), { recursive: true });
  await writeFile(join(tree, 'kind', 'manifests', 'default-storage.yaml'), kind.storageManifest);
}

async function addPrograms(tree: string, { version, programs }: NodeParts): Promise<void> {
  const kubernetes = ['kubeadm', 'kubelet', 'kubectl'];
  await install(join(tree, 'usr', 'bin'), programs.kubernetes, kubernetes);
  await install(join(tree, 'usr', 'local', 'bin'), programs.containerd, Object.keys(programs.containerd));
  await install(join(tree, 'opt', 'cni', 'bin'), programs.cni, Object.keys(programs.cni));
  await writeFile(join(tree, 'kind', 'version'), `v${version}`);
  await mkdir(join(tree, 'etc', 'kubernetes', 'manifests'), { recursive: true });
  await writeFile(
    join(tree, 'etc', 'containerd', 'cri-base.json'),
    await baseRuntimeSpec(programs.containerd),
  );
}

async function install(directory: string, programs: Programs, names: readonly string[]): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of names) {
    await cp(program(programs, name), join(directory, name));
    await chmod(join(directory, name), 0o755);
  }
}

interface RuntimeSpec {
  process: { rlimits?: unknown };
  hooks?: { createContainer?: { path: string }[] };
}

// As kind's Dockerfile makes it with jq.
async function baseRuntimeSpec(containerd: Programs): Promise<string> {
  const { stdout } = await execa(program(containerd, 'ctr'), ['oci', 'spec']);
  const spec = JSON.parse(stdout) as RuntimeSpec;
  delete spec.process.rlimits;
  const hooks = spec.hooks?.createContainer ?? [];
  spec.hooks = { ...spec.hooks, createContainer: [...hooks, { path: '/kind/bin/mount-product-files.sh' }] };
  return JSON.stringify(spec);
}

// The same units as kind's Dockerfile: nothing of a normal boot that a container does not need.
async function enableServices(tree: string): Promise<void> {
  const system = join(tree, 'lib', 'systemd', 'system');
  const local = join(tree, 'etc', 'systemd', 'system');
  await remove(join(system, 'sysinit.target.wants'), name => name === 'systemd-tmpfiles-setup.service');
  await remove(join(system, 'multi-user.target.wants'), () => true);
  await remove(join(system, 'local-fs.target.wants'), () => true);
  await remove(join(system, 'basic.target.wants'), () => true);
  await remove(join(system, 'sockets.target.wants'), name => /udev|initctl/.test(name));
  for (const entry of await readdir(local)) {
    if (entry.endsWith('.wants')) await remove(join(local, entry), () => true);
  }
  const wanted = join(local, 'multi-user.target.wants');
  await mkdir(wanted, { recursive: true });
  for (const unit of ['kubelet.service', 'containerd.service', 'undo-mount-hacks.service']) {
    await symlink(`/etc/systemd/system/${unit}`, join(wanted, unit));
  }
  await symlink('/dev/null', join(local, 'systemd-binfmt.service'));
  const journal = join(tree, 'etc', 'systemd', 'journald.conf');
  await writeFile(journal, `${await readFile(journal, 'utf8')}ReadKMsg=no\n`);
}

async function remove(directory: string, matches: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    if (matches(name)) await rm(join(directory, name), { recursive: true, force: true });
  }
}

// The node's containerd runs here once, with its root inside the tree, so that nodes start with
// unpacked images. The layers' archives are given up again: the unpacked files are all that a node needs.
async function preloadImages(tree: string, { programs, images }: NodeParts): Promise<void> {
  const state = await mkdtemp(join(tmpdir(), 'etcd-chart-containerd-'));
  const address = join(state, 'containerd.sock');
  const config = join(state, 'config.toml');
  // Only the image store is of use here; the CRI plugins would look for a network.
  await writeFile(
    config,
    'version = 3\ndisabled_plugins = ["io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri", "io.containerd.nri.v1.nri"]\n',
  );
  const root = join(tree, 'var', 'lib', 'containerd');
  const containerd = execa(
    program(programs.containerd, 'containerd'),
    ['--config', config, '--root', root, '--state', join(state, 'run'), '--address', address],
    { stdin: 'ignore', reject: false, all: true, buffer: true },
  );
  const ctr = (args: readonly string[]) =>
    execa(program(programs.containerd, 'ctr'), ['--address', address, '--namespace', 'k8s.io', ...args], {
      stdin: 'ignore',
    });
  try {
    await until('containerd answers', 30_000, async () => {
      if (containerd.exitCode !== null) throw new Error(`containerd ended: ${(await containerd).all}`);
      return (await ctr(['version']).catch(() => undefined)) !== undefined;
    });
    for (const { file } of images) {
      await ctr([
        'images',
        'import',
        '--local',
        '--discard-unpacked-layers',
        '--label=io.cri-containerd.pinned=pinned',
        file,
      ]);
    }
  } finally {
    containerd.kill('SIGTERM');
    await containerd;
    await rm(state, { recursive: true, force: true });
  }
}
