import type { Scene } from './scene.ts';

/** The recorded workload of a scene, as a fault sees it. */
export class Workload {
  private readonly scene: Scene;

  constructor(scene: Scene) {
    this.scene = scene;
  }

  /** Starts no further call, and returns when every call is answered: to compare members at rest. */
  async pause(): Promise<void> {
    await this.scene.ask('workload/pause', { id: this.scene.namespace });
  }

  async resume(): Promise<void> {
    await this.scene.ask('workload/resume', { id: this.scene.namespace });
  }

  /** Number of writes acknowledged so far. */
  async acknowledged(): Promise<number> {
    return (await this.scene.ask('workload/report', { id: this.scene.namespace })).acknowledged;
  }

  /** From here on `longestGap` counts. */
  async mark(): Promise<void> {
    await this.scene.ask('workload/mark', { id: this.scene.namespace });
  }

  /** Longest time between two acknowledged writes since the last `mark`, in milliseconds. */
  async longestGap(): Promise<number> {
    return (await this.scene.ask('workload/report', { id: this.scene.namespace })).longestGap;
  }

  /**
   * A named restore is about to happen. Writes acknowledged up to the revision `keeps` (all, when it is left out)
   * must survive it; later ones and watchers may not.
   */
  async declareRestore(keeps?: string): Promise<void> {
    await this.scene.ask('workload/declare', {
      id: this.scene.namespace,
      kind: 'restore',
      ...(keeps === undefined ? {} : { keeps }),
    });
  }

  /** All data is about to be lost for good (no persistence, or every volume gone): what was written before may go. */
  async declareTotalLoss(): Promise<void> {
    await this.scene.ask('workload/declare', { id: this.scene.namespace, kind: 'loss' });
  }
}
