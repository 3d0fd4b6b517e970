import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { tool } from '../../../scripts/tools/tool.ts';

export interface EtcdctlOptions {
  endpoints: readonly string[];
  /** File of the CA that the endpoints' certificates are checked by. */
  cacert?: string;
  /** Program and arguments that lead to an etcdctl elsewhere; by default it runs on this machine. */
  via?: readonly string[];
}

/**
 * Runs etcdctl, on this machine unless told otherwise, as a client outside of the cluster does; returns its output.
 * Throws with the command and its stderr when it fails or takes longer than 20 s.
 */
export async function etcdctl(options: EtcdctlOptions, ...args: string[]): Promise<string> {
  const [program, ...rest] = await command(options, args);
  const { stdout } = await execa(program, rest, { timeout: 20_000 });
  return stdout;
}

async function command(
  { endpoints, cacert, via }: EtcdctlOptions,
  args: readonly string[],
): Promise<[string, ...string[]]> {
  const [program, ...rest] = via ?? [await tool('etcdctl')];
  if (program === undefined) throw new Error('via names no program');
  const trust = cacert === undefined ? [] : [`--cacert=${cacert}`];
  return [program, ...rest, `--endpoints=${endpoints.join()}`, ...trust, ...args];
}

/** Puts a key under a new lease of 60 s while it is watched; returns what the watch printed, and the lease. */
export async function putWatched(
  options: EtcdctlOptions,
  key: string,
): Promise<{ printed: string; lease: string }> {
  const value = 'changed';
  const watching = await watch(options, key, value);
  try {
    const granted = await etcdctl(options, 'lease', 'grant', '60');
    const [, lease] = /lease (\w+) granted/.exec(granted) ?? [];
    if (lease === undefined) throw new Error(`etcdctl lease grant printed no lease: ${granted}`);
    await etcdctl(options, 'put', key, value, `--lease=${lease}`);
    return { printed: await watching.seen, lease };
  } finally {
    await watching.stop();
  }
}

/** A key that etcdctl watches in the background. */
export interface Watch {
  /** Resolves with what etcdctl prints once it has seen the value. Rejects after 30 s, or when etcdctl ends before. */
  seen: Promise<string>;
  stop(): Promise<void>;
}

/** Watches a key from its first revision on, until its value is `wanted`. */
export async function watch(options: EtcdctlOptions, key: string, wanted: string): Promise<Watch> {
  const [program, ...rest] = await command(options, ['watch', '--rev=1', key]);
  const child = execa(program, rest, {
    buffer: { stdout: false },
    reject: false,
    timeout: 30_000,
  });
  const lines: string[] = [];
  const seen = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', line => {
      lines.push(line);
      if (line === wanted) resolve(lines.join('\n'));
    });
    child.then(({ command, stderr }) =>
      reject(new Error(`${command} ended without "${wanted}": ${[...lines, stderr].join('\n')}`)),
    );
  });
  // Whoever waits for it hears of a failure; nobody else shall end the test by it.
  seen.catch(() => {});
  return {
    seen,
    stop: async () => {
      child.kill();
      await child;
    },
  };
}
