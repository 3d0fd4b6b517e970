import { setTimeout as delay } from 'node:timers/promises';
import type { EtcdSet } from '../set.ts';

/** Writes all the time, through one member after the other; the set remembers what was acknowledged. */
export class Writer {
  #writing = true;
  readonly #finished: Promise<void>;

  constructor(set: EtcdSet) {
    this.#finished = this.#run(set);
  }

  async #run(set: EtcdSet): Promise<void> {
    for (let turn = 0; this.#writing; turn++) {
      const { pods } = set;
      const pod = pods[turn % Math.max(1, pods.length)];
      // A write that is not acknowledged may be lost, and its key is not used again.
      if (pod !== undefined) await set.tryWrite(pod.ordinal).catch(() => undefined);
      await delay(25);
    }
  }

  /** Returns when the last write is answered. */
  async stop(): Promise<void> {
    this.#writing = false;
    await this.#finished;
  }
}
