import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { tool } from '../../../scripts/tools/tool.ts';

export interface EtcdctlOptions {
  endpoints: readonly string[];
  /** More environment, such as `ETCDCTL_CACERT`. */
  env?: Readonly<Record<string, string>>;
}

/**
 * Runs etcdctl on this machine, as a client outside of the cluster does; returns its output.
 * Throws with the command and its stderr when it fails or takes longer than 20 s.
 */
export async function etcdctl(options: EtcdctlOptions, ...args: string[]): Promise<string> {
  const { stdout } = await execa(await tool('etcdctl'), args, {
    env: { ETCDCTL_ENDPOINTS: options.endpoints.join(), ...options.env },
    timeout: 20_000,
  });
  return stdout;
}

/** A key that etcdctl watches in the background. */
export interface Watch {
  /** Resolves with what etcdctl prints once it has seen the value. Rejects after 30 s, or when etcdctl ends before. */
  seen: Promise<string>;
  stop(): Promise<void>;
}

/** Watches a key from its first revision on, until its value is `wanted`. */
export async function watch(options: EtcdctlOptions, key: string, wanted: string): Promise<Watch> {
  const child = execa(await tool('etcdctl'), ['watch', '--rev=1', key], {
    env: { ETCDCTL_ENDPOINTS: options.endpoints.join(), ...options.env },
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
