import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Container } from './container.ts';
import { Effects } from './effects.ts';
import { scripts } from './programs.ts';

export interface PodOptions {
  name: string;
  ordinal: number;
  uid: string;
  /** The pod's own directory: its RUN_DIR, kubeconfigs and logs. Goes with the pod. */
  directory: string;
  /** What is mounted at DATA_DIR. */
  volume: string;
  address: string;
  /** Holds every program the scripts may use. */
  programs: string;
  /** Directories of programs that are found before those. */
  programsInFront: readonly string[];
  /** Command line that each command of the pod is appended to. */
  startedBy: readonly string[];
  /** The contract's variables that are alike in every pod of the set. */
  env: Record<string, string>;
  args: readonly string[];
  gracePeriodSeconds: number;
  /** The scripts run so that each of their steps is traced. */
  traced: boolean;
  kubeconfig(client: string): string;
}

/** One pod of the chart: the etcd container and the keeper, which share RUN_DIR. */
export class Pod {
  readonly #options: PodOptions;
  readonly etcd: Container;
  readonly keeper: Container;

  constructor(options: PodOptions) {
    this.#options = options;
    const { name, directory, programs, volume } = options;
    const env = {
      ...options.env,
      POD_NAME: name,
      POD_UID: options.uid,
      POD_IPS: options.address,
      BIND_ADDRESS: options.address,
      DATA_DIR: volume,
      RUN_DIR: this.runDir,
      HOME: this.runDir,
      PATH: [...options.programsInFront, programs].join(':'),
    };
    const container = (role: string, script: string, args: readonly string[] = []) =>
      new Container({
        name: `${name} ${role}`,
        command: this.#command(script, args),
        env: { ...env, KUBECONFIG: join(directory, `${role}.kubeconfig`) },
        log: join(directory, `${role}.log`),
      });
    this.etcd = container('etcd', 'start.sh', options.args);
    this.keeper = container('keeper', 'keep.sh');
  }

  #command(name: string, args: readonly string[] = []): [string, ...string[]] {
    const { programs, startedBy, traced } = this.#options;
    const script = join(scripts, name);
    const shell = traced ? Effects.command(programs, script) : [script];
    const [first, ...rest] = [...startedBy, join(programs, 'sh'), ...shell, ...args];
    if (first === undefined) throw new Error(`${name}: the command is empty`);
    return [first, ...rest];
  }

  get name(): string {
    return this.#options.name;
  }

  get ordinal(): number {
    return this.#options.ordinal;
  }

  get uid(): string {
    return this.#options.uid;
  }

  get address(): string {
    return this.#options.address;
  }

  /** The directory at DATA_DIR. */
  get volume(): string {
    return this.#options.volume;
  }

  /** The emptyDir that both containers share. */
  get runDir(): string {
    return join(this.#options.directory, 'run');
  }

  /** What both containers have logged: the lines of the chart's scripts, without etcd's own JSON. */
  get lines(): string[] {
    return `${this.etcd.log}\n${this.keeper.log}`
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('{"level"'));
  }

  /** Whether etcd itself, which logs JSON, has ever run in this pod. */
  get hasStartedEtcd(): boolean {
    return this.etcd.log.includes('{"level"');
  }

  /** Makes the pod's directories and starts both containers. */
  async start(): Promise<void> {
    const { directory, kubeconfig, name, volume } = this.#options;
    await mkdir(this.runDir, { recursive: true });
    await mkdir(volume, { recursive: true });
    for (const role of ['etcd', 'keeper']) {
      await writeFile(join(directory, `${role}.kubeconfig`), kubeconfig(`${name}.${role}`));
    }
    this.etcd.start();
    this.keeper.start();
  }

  /**
   * Ends the pod as the kubelet does: the keeper gets TERM at once; the etcd container runs its preStop
   * hook and gets TERM after it; both get KILL when the grace period is over.
   */
  async stop(): Promise<void> {
    const deadline = Date.now() + this.#options.gracePeriodSeconds * 1_000;
    this.etcd.retire();
    this.keeper.retire();
    const withHook = async () => {
      const hook = this.etcd.exec(this.#command('leave.sh'));
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), Math.max(0, deadline - Date.now()));
      await Promise.race([hook, new Promise(resolve => late.signal.addEventListener('abort', resolve))]);
      clearTimeout(timer);
      await this.etcd.stop(deadline);
    };
    await Promise.all([withHook(), this.keeper.stop(deadline)]);
  }

  /** Runs the startup probe in the etcd container; returns whether it succeeds. */
  async hasStarted(timeoutSeconds: number): Promise<boolean> {
    return this.etcd.exec(this.#command('started.sh', [String(timeoutSeconds)]));
  }

  /** Ends the pod's processes at once, as a node that dies does. */
  async kill(): Promise<void> {
    await Promise.all([this.etcd.kill(), this.keeper.kill()]);
  }

  /** Removes what belongs to the pod alone. */
  async remove(): Promise<void> {
    await rm(this.#options.directory, { recursive: true, force: true });
  }
}
