import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheDir } from '../cache.ts';
import { ensureDebianPackages } from '../debian-packages.ts';
import type { Report } from '../progress.ts';
import { nodeContainers, type Runtime } from './containers.ts';
import { type Limits, machineLimits } from './machine.ts';

export { run } from './containers.ts';

export interface RuntimeOptions {
  /** Where both work, the one that has nodes of this kind cluster; `etcd` unless given. */
  cluster?: string;
  report?: Report | undefined;
}

/** Returns the runtime that works here, Docker before Podman, or undefined when neither does. Installs nothing. */
export async function workingRuntime(cluster = 'etcd'): Promise<Runtime | undefined> {
  const { docker, podman } = await lookForBoth();
  return preferred(cluster, docker.found, podman.found);
}

/**
 * Returns Docker when its daemon answers, else Podman. On a Debian machine with neither, root gets
 * Podman installed. Throws an error that says what to install or start.
 */
export async function findRuntime({ cluster = 'etcd', report }: RuntimeOptions = {}): Promise<Runtime> {
  const { docker, podman } = await lookForBoth();
  const found = await preferred(cluster, docker.found, podman.found);
  if (found !== undefined) return found;
  let { reason } = podman;
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    report?.(`no container runtime works here (docker: ${docker.reason}; podman: ${reason})`);
    await ensureDebianPackages(podmanPackages, 'to run the nodes of the cluster as containers', { report });
    const installed = await podmanRuntime();
    if (installed.found !== undefined) return installed.found;
    ({ reason } = installed);
  }
  throw new Error(
    [
      'Neither Docker nor Podman works here, and the cluster runs its nodes as containers.',
      `  docker: ${docker.reason}`,
      `  podman: ${reason}`,
      'Start Docker, or install Docker or Podman, or run this as root on Debian (it then installs Podman by itself).',
    ].join('\n'),
  );
}

async function lookForBoth(): Promise<{ docker: Found; podman: Found }> {
  const [docker, podman] = await Promise.all([dockerRuntime(), podmanRuntime()]);
  return { docker, podman };
}

// A cluster that was made with one of them is not to be missed because the other works now, too.
async function preferred(cluster: string, docker?: Runtime, podman?: Runtime): Promise<Runtime | undefined> {
  if (docker === undefined || podman === undefined) return docker ?? podman;
  if ((await nodeContainers(docker, cluster)).length > 0) return docker;
  return (await nodeContainers(podman, cluster)).length > 0 ? podman : docker;
}

// netavark and aardvark-dns let nodes find each other by name; runc, because crun refuses hybrid cgroups.
const podmanPackages = ['podman', 'runc', 'netavark', 'aardvark-dns', 'conntrack', 'iptables', 'kmod'];

type Found = { found: Runtime; reason?: undefined } | { found?: undefined; reason: string };

async function dockerRuntime(): Promise<Found> {
  try {
    const { stdout } = await execa('docker', ['info', '--format', '{{json .}}'], {
      timeout: 20_000,
      stdin: 'ignore',
    });
    const info = JSON.parse(stdout) as {
      CgroupVersion?: string;
      DockerRootDir?: string;
      ServerErrors?: string[];
    };
    if (info.ServerErrors !== undefined) return { reason: info.ServerErrors.join(', ') };
    return {
      found: {
        name: 'docker',
        env: { KIND_EXPERIMENTAL_PROVIDER: 'docker' },
        cgroup: info.CgroupVersion === '1' ? 'v1' : 'v2',
        // The daemon starts the nodes, with its own rights and not with ours.
        limits: {
          noSysResource: false,
          openFiles: Number.POSITIVE_INFINITY,
          processes: Number.POSITIVE_INFINITY,
        },
        ...storage(info.DockerRootDir),
      },
    };
  } catch (error) {
    return { reason: reason(error) };
  }
}

interface PodmanInfo {
  host: { cgroupVersion: string; security: { rootless: boolean } };
  store: { graphRoot: string };
}

async function podmanRuntime(): Promise<Found> {
  try {
    const limits = await machineLimits();
    const config = await podmanConfig(limits);
    const env = { KIND_EXPERIMENTAL_PROVIDER: 'podman', ...config };
    const { stdout } = await execa('podman', ['info', '--format', 'json'], {
      env,
      timeout: 60_000,
      stdin: 'ignore',
    });
    const info = JSON.parse(stdout) as PodmanInfo;
    return {
      found: {
        name: 'podman',
        env,
        cgroup: info.host.cgroupVersion === 'v1' ? 'v1' : 'v2',
        limits,
        ...storage(info.store.graphRoot),
      },
    };
  } catch (error) {
    return { reason: reason(error) };
  }
}

// A machine where Podman's defaults do not start a privileged container (hybrid cgroups, no systemd,
// limits that may not be raised) gets a configuration of its own in the cache; the machine's stays as it is.
async function podmanConfig(limits: Limits): Promise<Record<string, string>> {
  if (process.platform !== 'linux') return {};
  const cgroupV1 = !existsSync('/sys/fs/cgroup/cgroup.controllers');
  const systemd = existsSync('/run/systemd/system');
  if (!cgroupV1 && systemd && !limits.noSysResource) return {};
  const containers: string[] = [];
  if (limits.noSysResource) {
    const ulimits = [`nofile=${both(limits.openFiles)}`, `nproc=${both(limits.processes)}`];
    containers.push(`default_ulimits = ${JSON.stringify(ulimits)}`);
  }
  const engine: string[] = [];
  if (cgroupV1) engine.push('runtime = "runc"');
  if (!systemd) engine.push('cgroup_manager = "cgroupfs"', 'events_logger = "file"');
  const text = [
    '[containers]',
    ...containers,
    '[engine]',
    ...engine,
    '[network]',
    'network_backend = "netavark"',
    '',
  ].join('\n');
  const file = join(cacheDir('cluster'), 'containers.conf');
  await writeIfChanged(file, text);
  // kind mounts it into the nodes; a machine without loadable modules has none.
  if (process.getuid?.() === 0) await mkdir('/lib/modules', { recursive: true });
  return { CONTAINERS_CONF: file };
}

// Other processes read it at any moment.
async function writeIfChanged(file: string, text: string): Promise<void> {
  const current = await readFile(file, 'utf8').catch(() => undefined);
  if (current === text) return;
  await writeFile(`${file}.${process.pid}`, text);
  await rename(`${file}.${process.pid}`, file);
}

function both(limit: number): string {
  const number = Number.isFinite(limit) ? limit : 1_048_576;
  return `${number}:${number}`;
}

function storage(directory: string | undefined): { storage?: string } {
  return directory !== undefined && existsSync(directory) ? { storage: directory } : {};
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return 'not installed';
  const { stderr } = error as { stderr?: unknown };
  const text = typeof stderr === 'string' && stderr.trim() !== '' ? stderr : error.message;
  return text.trim().split('\n').at(-1) ?? text;
}
