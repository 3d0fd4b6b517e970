import type { EtcdSet } from '../set.ts';

/**
 * The StatefulSet controller: every pod that is wanted runs, every other one goes, whatever else happens at
 * the same time. Pods are started and stopped in the background; `failure` is what went wrong there.
 */
export class Controller {
  readonly #set: EtcdSet;
  readonly #working = new Map<number, Promise<void>>();
  #open = true;
  failure: Error | undefined;

  constructor(set: EtcdSet) {
    this.#set = set;
  }

  /** `kubectl scale`. */
  scale(replicas: number): void {
    this.#set.setReplicas(replicas);
    this.reconcile();
  }

  /** Starts the missing pods and stops the surplus ones. */
  reconcile(): void {
    if (!this.#open) return;
    const { replicas } = this.#set;
    const running = new Set(this.#set.pods.map(pod => pod.ordinal));
    for (let ordinal = 0; ordinal < replicas; ordinal++) {
      if (!running.has(ordinal)) this.#work(ordinal, () => this.#set.start(ordinal));
    }
    for (const ordinal of running) if (ordinal >= replicas) this.delete(ordinal, false);
  }

  /** `kubectl delete pod`; `force` ends it at once, also while it is going already. */
  delete(ordinal: number, force: boolean): void {
    const pod = this.#set.pods.find(candidate => candidate.ordinal === ordinal);
    if (pod === undefined) return;
    if (!this.#working.has(ordinal)) this.#work(ordinal, () => this.#set.delete([ordinal], { force }));
    else if (force) void pod.kill();
  }

  /** Returns when nothing is being started or stopped any more. */
  async idle(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working.values());
  }

  /** Starts and stops nothing from now on; returns when what it was at has ended. */
  async close(): Promise<void> {
    this.#open = false;
    await this.idle();
  }

  #work(ordinal: number, act: () => Promise<void>): void {
    if (this.#working.has(ordinal)) return;
    const work = act()
      .catch((error: unknown) => {
        this.failure ??= error instanceof Error ? error : new Error(String(error));
      })
      .then(() => {
        this.#working.delete(ordinal);
        this.reconcile();
      });
    this.#working.set(ordinal, work);
  }
}
