import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { cacheDir } from '../cache.ts';
import type { ImageArchive } from '../images/archive.ts';
import type { Report } from '../progress.ts';
import { type NodePrograms, type Programs, program } from './binaries.ts';
import type { KindSource } from './kind-source.ts';
import { type Runtime, run } from './runtime.ts';
import { until } from './until.ts';

/** The parts that stages 1 to 3 made. */
export interface NodeParts {
  version: string;
  programs: NodePrograms;
  rootFilesystem: string;
  images: readonly ImageArchive[];
  kind: KindSource;
}

/**
 * Stage 4: puts the parts together to a node image as kind's own build does, imports it into the
 * runtime and returns its name, which carries version and checksum. An image that is there is reused.
 */
export async function builtNodeImage(runtime: Runtime, parts: NodeParts, report?: Report): Promise<string> {
  const name = `localhost/etcd-chart/node:v${parts.version}-${await checksum(parts)}`;
  if (await hasImage(runtime, name)) return name;
  const work = await mkdtemp(join(cacheDir('cluster'), 'node-'));
  try {
    const tree = join(work, 'tree');
    await mkdir(tree);
    await execa('tar', ['--numeric-owner', '-xf', parts.rootFilesystem, '-C', tree]);
    await addKindFiles(tree, parts.kind);
    await addPrograms(tree, parts);
    await enableServices(tree);
    report?.(`unpacking ${parts.images.length} images into the node's containerd`);
    await preloadImages(tree, parts);
    report?.(`importing the node image into ${runtime.name}`);
    const archive = join(work, 'node.tar');
    await execa('tar', ['--numeric-owner', '--xattrs', '-cf', archive, '-C', tree, '.']);
    const changes = [
      'ENTRYPOINT ["/usr/local/bin/entrypoint","/sbin/init"]',
      'STOPSIGNAL SIGRTMIN+3',
      'ENV container=docker',
    ];
    await run(runtime, ['import', ...changes.flatMap(change => ['--change', change]), archive, name]);
    return name;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Returns whether the runtime has the image `name`. */
export async function hasImage(runtime: Runtime, name: string): Promise<boolean> {
  const { exitCode } = await execa(runtime.name, ['image', 'inspect', name], {
    env: runtime.env,
    reject: false,
    stdin: 'ignore',
    stdout: 'ignore',
  });
  return exitCode === 0;
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
