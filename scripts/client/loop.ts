import { setTimeout as sleep } from 'node:timers/promises';

/** A step that is done again and again, a pause in between, until it is stopped. */
export class Loop {
  private readonly stopping = new AbortController();
  private readonly finished: Promise<void>;

  /** `pause` is in milliseconds. */
  constructor(step: () => Promise<void>, pause: number) {
    this.finished = this.repeat(step, pause);
    // Told by stop(); unheard until then it would end the whole program.
    this.finished.catch(() => {});
  }

  private async repeat(step: () => Promise<void>, pause: number): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await step();
      await sleep(pause, undefined, { signal: this.stopping.signal }).catch(() => {});
    }
  }

  /** Resolves when the last step is done. Throws what a step threw. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.finished;
  }
}
