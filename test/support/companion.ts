// A program that stays and answers one question after the other: it is started once for all tests of a process.
import { Socket } from 'node:net';
import { execa } from 'execa';

/** A running program that nobody waits for but those who ask it. */
export class Companion {
  readonly #child;
  #asking = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** Starts `program`, in the environment `env` when that is given. */
  constructor(program: string, args: readonly string[], env?: NodeJS.ProcessEnv) {
    const environment = env === undefined ? {} : { env, extendEnv: false };
    this.#child = execa(program, args, { buffer: false, reject: false, ...environment });
    // It ends with its input, and must not keep alive a test runner that has nothing else to do.
    this.#child.unref();
    this.#keepAlive(false);
  }

  get stdin() {
    return this.#child.stdin;
  }

  get stdout() {
    return this.#child.stdout;
  }

  get stderr() {
    return this.#child.stderr;
  }

  /** Has `question` talk to the program when all that asked before have their answers, and returns its answer. */
  ask<T>(question: () => Promise<T>): Promise<T> {
    const answer = this.#last.then(question);
    this.#asking += 1;
    this.#keepAlive(true);
    this.#last = answer
      .catch(() => undefined)
      .then(() => {
        this.#asking -= 1;
        if (this.#asking === 0) this.#keepAlive(false);
      });
    return answer;
  }

  /** Returns how the program ended; waits until it did. */
  async ending(): Promise<string> {
    const { command, shortMessage } = await this.#child;
    return `${command}: ${shortMessage ?? 'it ended before its input did'}`;
  }

  #keepAlive(alive: boolean): void {
    for (const stream of this.#child.stdio)
      if (stream instanceof Socket) {
        if (alive) stream.ref();
        else stream.unref();
      }
  }
}
