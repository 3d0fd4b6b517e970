import { execa, type Options } from 'execa';
import type { Limits } from './machine.ts';

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

export interface NodeContainer {
  name: string;
  /** `lost`: the runtime takes it for running, but its processes are gone; it can be deleted, not started. */
  state: 'running' | 'stopped' | 'lost';
}

/** Returns the containers that are the nodes of the kind cluster `cluster`; none when there is no such cluster. */
export async function nodeContainers(runtime: Runtime, cluster: string): Promise<NodeContainer[]> {
  const list = async (...flags: string[]): Promise<string[]> => {
    const label = `--filter=label=io.x-k8s.kind.cluster=${cluster}`;
    const stdout = await run(runtime, ['ps', ...flags, label, '--format={{.Names}}']);
    return stdout.split('\n').filter(line => line !== '');
  };
  // Docker and Podman word the state differently, but both list the running ones alone by default.
  const [all, running] = await Promise.all([list('--all'), list()]);
  return Promise.all(
    all.map(async name => ({
      name,
      state: running.includes(name) ? ((await hasProcesses(runtime, name)) ? 'running' : 'lost') : 'stopped',
    })),
  );
}

/** Removes the nodes of `cluster` whose processes are gone. Throws execa's error for one that cannot be removed. */
export async function removeLostNodes(runtime: Runtime, cluster: string): Promise<void> {
  for (const { name, state } of await nodeContainers(runtime, cluster)) {
    if (state !== 'lost') continue;
    const remove = ['rm', '--force', '--volumes', name];
    try {
      await run(runtime, remove);
    } catch {
      // Podman waits for an exit code that no monitor writes any more, gives up, and only then counts the
      // container as stopped: now it can be removed.
      await run(runtime, remove);
    }
  }
}

// Podman has no daemon: it believes its files, also when all processes were killed together with its monitor.
async function hasProcesses(runtime: Runtime, node: string): Promise<boolean> {
  const { exitCode } = await execa(runtime.name, ['exec', node, 'true'], {
    env: runtime.env,
    reject: false,
    stdin: 'ignore',
    timeout: 20_000,
  });
  return exitCode === 0;
}
