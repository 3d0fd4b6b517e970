import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const running = new Set<number>();

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended.
  }
}

// A test run that is stopped must leave no process behind.
process.on('exit', () => {
  for (const pid of running) killGroup(pid, 'SIGKILL');
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(1));
}

export interface ContainerOptions {
  name: string;
  command: readonly [string, ...string[]];
  env: Record<string, string>;
  /** Where both output streams go; kept over restarts. */
  log: string;
}

/**
 * One container as the kubelet runs it: a process that is started again with a back-off when it ends, and
 * whose whole process group goes with it, as a PID namespace does.
 */
export class Container {
  readonly #options: ContainerOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #stopping = false;
  #lastExit = 'never ended';
  #starts = 0;

  constructor(options: ContainerOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** How often the process was started. */
  get starts(): number {
    return this.#starts;
  }

  /** How it ended last, in words. */
  get lastExit(): string {
    return this.#lastExit;
  }

  /** The process id while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Everything it has written so far, over all its starts. */
  get log(): string {
    return existsSync(this.#options.log) ? readFileSync(this.#options.log, 'utf8') : '';
  }

  #spawn(command: readonly [string, ...string[]]): ChildProcess {
    const output = openSync(this.#options.log, 'a');
    const [program, ...args] = command;
    const child = spawn(program, args, {
      detached: true,
      env: this.#options.env,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    const { pid } = child;
    if (pid !== undefined) {
      running.add(pid);
      child.once('exit', () => {
        killGroup(pid, 'SIGKILL');
        running.delete(pid);
      });
    }
    return child;
  }

  /** Starts the process and keeps it started until `stop` or `kill`. */
  start(): void {
    this.#stopping = false;
    this.#ended = this.#run();
  }

  async #run(): Promise<void> {
    for (let backOff = 100; !this.#stopping; backOff = Math.min(backOff * 2, 1_000)) {
      const child = this.#spawn(this.#options.command);
      this.#child = child;
      this.#starts += 1;
      this.#lastExit = await new Promise<string>(resolve => {
        child.once('error', error => resolve(error.message));
        child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
      });
      this.#child = undefined;
      if (!this.#stopping) await delay(backOff);
    }
  }

  /** Runs another command in the container, until it or the container ends; `true` when it exited with 0. */
  async exec(command: readonly [string, ...string[]]): Promise<boolean> {
    const main = this.#child;
    if (main === undefined) return false;
    const child = this.#spawn(command);
    const end = () => {
      if (child.pid !== undefined) killGroup(child.pid, 'SIGKILL');
    };
    main.once('exit', end);
    const code = await new Promise<number | null>(resolve => {
      child.once('error', () => resolve(null));
      child.once('exit', resolve);
    });
    main.off('exit', end);
    return code === 0;
  }

  /** Sends a signal to the container's first process alone, as the kubelet does. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Stops every process of the container where it is, until `thaw`; one that is started meanwhile runs. */
  freeze(): void {
    if (this.#child?.pid !== undefined) killGroup(this.#child.pid, 'SIGSTOP');
  }

  /** Lets the container's processes go on. */
  thaw(): void {
    if (this.#child?.pid !== undefined) killGroup(this.#child.pid, 'SIGCONT');
  }

  /** Is not started again when it ends, as no container of a pod that is being deleted is. */
  retire(): void {
    this.#stopping = true;
  }

  /** Ends it for good: TERM, then KILL when `deadline` (a point of time) has passed. */
  async stop(deadline: number): Promise<void> {
    this.#stopping = true;
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.#killNow(), Math.max(0, deadline - Date.now()));
    await this.#ended;
    clearTimeout(timer);
  }

  /** Ends it for good and at once. */
  async kill(): Promise<void> {
    this.#stopping = true;
    this.#killNow();
    await this.#ended;
  }

  #killNow(): void {
    if (this.#child?.pid !== undefined) killGroup(this.#child.pid, 'SIGKILL');
  }
}
