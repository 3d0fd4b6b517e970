import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa, type Options } from 'execa';
import { cacheDir } from '../cache.ts';
import { ensureDebianPackages } from '../debian-packages.ts';
import type { Report } from '../progress.ts';
import { type Limits, machineLimits } from './machine.ts';

/** The program that runs the nodes as containers, and what about this machine matters to them. */
export interface Runtime {
  name: 'docker' | 'podman';
  /** Environment for the runtime and for kind, besides this process's own. */
  env: Readonly<Record<string, string>>;
  cgroup: 'v1' | 'v2';
  limits: Limits;
  /** Where the runtime keeps images and containers; undefined when that is not on this machine. */
  storage?: string;
}

/**
 * Returns Docker when its daemon answers, else Podman. On a Debian machine with neither, root gets
 * Podman installed. Throws an error that says what to install or start.
 */
export async function findRuntime(report?: Report): Promise<Runtime> {
  const docker = await dockerRuntime();
  if (docker.found !== undefined) return docker.found;
  let podman = await podmanRuntime();
  if (podman.found !== undefined) return podman.found;
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    report?.(`no container runtime works here (docker: ${docker.reason}; podman: ${podman.reason})`);
    await ensureDebianPackages(podmanPackages, 'to run the nodes of the cluster as containers', report);
    podman = await podmanRuntime();
    if (podman.found !== undefined) return podman.found;
  }
  throw new Error(
    [
      'Neither Docker nor Podman works here, and the cluster runs its nodes as containers.',
      `  docker: ${docker.reason}`,
      `  podman: ${podman.reason}`,
      'Start Docker, or install Docker or Podman, or run this as root on Debian (it then installs Podman by itself).',
    ].join('\n'),
  );
}

/** Runs the container runtime. Returns its standard output; throws execa's error, which has command and stderr. */
export async function run(
  runtime: Runtime,
  args: readonly string[],
  options: Pick<Options, 'input' | 'inputFile' | 'timeout'> = {},
): Promise<string> {
  const { stdout } = await execa(runtime.name, args, {
    env: runtime.env,
    ...(options.input === undefined && options.inputFile === undefined ? { stdin: 'ignore' as const } : {}),
    ...options,
  });
  return typeof stdout === 'string' ? stdout : '';
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
  await writeFile(file, text);
  // kind mounts it into the nodes; a machine without loadable modules has none.
  if (process.getuid?.() === 0) await mkdir('/lib/modules', { recursive: true });
  return { CONTAINERS_CONF: file };
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
