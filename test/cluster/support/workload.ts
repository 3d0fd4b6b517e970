import type { WorkloadReport } from '../../../scripts/client/workload.ts';
import type { History } from '../../../scripts/judge/history.ts';
import { judge, judgeCalls } from '../../../scripts/judge/judge.ts';
import type { Scene } from './scene.ts';

/** A long history is many megabytes on its way through the API server. */
const FINISH_TIMEOUT = 120_000;
/** For watchers and lagging members, once nothing is written any more. */
const CATCH_UP = 20_000;

/** The recorded workload of a scene, as a fault sees it. */
export class Workload {
  private readonly scene: Scene;
  private started = false;

  constructor(scene: Scene) {
    this.scene = scene;
  }

  private get id(): string {
    return this.scene.namespace;
  }

  /** Starts it on so many members' endpoints and the Service; some of the members may still be to come. */
  async start(most: number): Promise<void> {
    const options = { members: this.scene.endpoints(most), service: this.scene.service() };
    await this.scene.ask('workload/start', { id: this.id, ...options });
    this.started = true;
  }

  async report(): Promise<WorkloadReport> {
    return this.scene.ask('workload/report', { id: this.id });
  }

  /** Starts no further call, and returns when every call is answered: to compare members at rest. */
  async pause(): Promise<void> {
    await this.scene.ask('workload/pause', { id: this.id });
  }

  async resume(): Promise<void> {
    await this.scene.ask('workload/resume', { id: this.id });
  }

  /** Number of writes acknowledged so far. */
  async acknowledged(): Promise<number> {
    return (await this.report()).acknowledged;
  }

  /** From here on `longestGap` counts. */
  async mark(): Promise<void> {
    await this.scene.ask('workload/mark', { id: this.id });
  }

  /** Longest time between two acknowledged writes since the last `mark`, in milliseconds. */
  async longestGap(): Promise<number> {
    return (await this.report()).longestGap;
  }

  /**
   * A named restore is about to happen. Writes acknowledged up to the revision `keeps` (all, when it is left out)
   * must survive it; later ones and watchers may not.
   */
  async declareRestore(keeps?: string): Promise<void> {
    const more = keeps === undefined ? {} : { keeps };
    await this.scene.ask('workload/declare', { id: this.id, kind: 'restore', ...more });
  }

  /** All data is about to be lost for good (no persistence, or every volume gone): what was written before may go. */
  async declareTotalLoss(): Promise<void> {
    await this.scene.ask('workload/declare', { id: this.id, kind: 'loss' });
  }

  /** Somebody is about to compact by hand: a watcher that lags behind may be cut off. */
  async declareCompaction(): Promise<void> {
    await this.scene.ask('workload/declare', { id: this.id, kind: 'compaction' });
  }

  /**
   * Waits until so many more writes are acknowledged by each of the members 0 to count - 1. Throws with the
   * scene's state at the deadline (milliseconds).
   */
  async progress(count: number, more = 2, timeout = 60_000): Promise<void> {
    const { byMember: before } = await this.report();
    const condition = `each of ${count} members acknowledges ${more} more writes`;
    const holds = async (): Promise<boolean> => {
      const { byMember } = await this.report();
      return Array.from({ length: count }, (_, n) => (byMember[n] ?? 0) - (before[n] ?? 0)).every(
        writes => writes >= more,
      );
    };
    await this.scene.until(condition, holds, timeout);
  }

  /** Ends it and judges its history by the state of the members 0 to count - 1; returns what is wrong, in words. */
  async judged(count: number): Promise<string[]> {
    const history = await this.finish();
    const question = { members: this.scene.endpoints(count), deadline: CATCH_UP };
    const states = await this.scene.ask('states', question, FINISH_TIMEOUT);
    return judge(history, states);
  }

  /** Ends it where no quorum is left, and judges its calls alone; returns what is wrong, in words. */
  async judgedByCalls(): Promise<string[]> {
    return judgeCalls(await this.finish());
  }

  /** Ends it without a judgement, when the scenario has failed anyway. */
  async abandon(): Promise<void> {
    if (this.started) await this.finish();
  }

  private async finish(): Promise<History> {
    this.started = false;
    const question = { id: this.id, deadline: CATCH_UP };
    return (await this.scene.ask('workload/finish', question, FINISH_TIMEOUT)).history;
  }
}
