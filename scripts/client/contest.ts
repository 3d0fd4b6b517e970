import {
  type Attempt,
  decode,
  encode,
  Gateway,
  GatewayError,
  prefixEnd,
  type RangeAnswer,
} from './gateway.ts';
import { Lock } from './lock.ts';

export interface ContestOptions {
  endpoints: readonly string[];
  /** The lock's key; guarded keys are made below `<key>-guarded/`. */
  key: string;
  contenders: readonly string[];
  /** Lease period in seconds. */
  ttl: number;
  /** Milliseconds for which a contender works with the lock. */
  hold: number;
  /** Milliseconds a contender rests before it wants the lock again; 0 by default. */
  rest?: number;
  /** Milliseconds between two guarded writes; 25 by default. */
  pause?: number;
  /** Every so many holds a contender hangs instead of giving the lock up; 0, the default: never. */
  hangEvery?: number;
}

/** One contender's time with the lock. Times are milliseconds of one monotonic clock. */
export interface Hold {
  contender: string;
  token: string;
  waited: number;
  acquired: number;
  /** When the contender stopped working; undefined while it holds the lock. */
  stopped?: number;
  /** Guarded writes that etcd acknowledged. */
  writes: number;
  /** Writes without an answer; they may have been made. */
  unanswered: number;
  /** Guarded writes that etcd refused although the contender was sure that it holds the lock. */
  refusedWhileHeld: number;
  /** Whether a write with this token was refused after the lock had gone; undefined when nobody could say. */
  refusedAfterwards?: boolean;
  hung: boolean;
}

/**
 * Contenders that take one lock in turn, each over its own connection, and write guarded keys while they hold
 * it. Afterwards each tries to write with its old token, as a holder does that slept through its lease.
 */
export class Contest {
  readonly holds: Hold[] = [];
  private readonly options: ContestOptions;
  private readonly observe: ((attempt: Attempt) => void) | undefined;
  private readonly stopping = new AbortController();
  private readonly finished: Promise<unknown>;

  /** `observe` is told of every attempt at a call of every contender. */
  constructor(options: ContestOptions, observe?: (attempt: Attempt) => void) {
    this.options = options;
    this.observe = observe;
    this.finished = Promise.all(options.contenders.map((name, index) => this.contend(name, index)));
    // Told by stop(); unheard until then it would end the whole program.
    this.finished.catch(() => {});
  }

  /** Lets the present holder finish; resolves with all holds. */
  async stop(): Promise<readonly Hold[]> {
    this.stopping.abort();
    await this.finished;
    return this.holds;
  }

  private async contend(contender: string, index: number): Promise<void> {
    const { endpoints, key, ttl, rest = 0, hangEvery = 0 } = this.options;
    // Each contender starts at another member.
    const gateway = new Gateway(endpoints, index, this.observe);
    while (!this.stopping.signal.aborted) {
      const began = performance.now();
      let lock: Lock;
      try {
        lock = await Lock.acquire(gateway, { key, owner: contender, ttl, signal: this.stopping.signal });
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        throw error;
      }
      const acquired = performance.now();
      const hold: Hold = {
        contender,
        token: String(lock.token),
        waited: acquired - began,
        acquired,
        writes: 0,
        unanswered: 0,
        refusedWhileHeld: 0,
        hung: hangEvery > 0 && this.holds.length % hangEvery === hangEvery - 1,
      };
      this.holds.push(hold);
      await this.work(lock, hold);
      hold.stopped = performance.now();
      const gone = hold.hung ? await this.hang(lock, hold) : await letGo(lock);
      if (gone) await this.tryLate(lock, hold);
      await new Promise(resume => setTimeout(resume, rest));
    }
  }

  private async work(lock: Lock, hold: Hold): Promise<void> {
    const end = hold.acquired + this.options.hold;
    while (lock.remaining > 0 && performance.now() < end) {
      try {
        const key = this.guarded(hold, String(hold.writes + hold.unanswered));
        if (await lock.write(key, hold.contender, { timeout: lock.remaining })) hold.writes += 1;
        else hold.refusedWhileHeld += 1;
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        hold.unanswered += 1;
      }
      await new Promise(resume => setTimeout(resume, this.options.pause ?? 25));
    }
  }

  /** Does nothing, as a paused process, until somebody else has the lock; false when the contest ends first. */
  private async hang(lock: Lock, hold: Hold): Promise<boolean> {
    lock.abandon();
    while (this.holds.at(-1) === hold) {
      if (this.stopping.signal.aborted) return false;
      await new Promise(resume => setTimeout(resume, 50));
    }
    return true;
  }

  private async tryLate(lock: Lock, hold: Hold): Promise<void> {
    try {
      hold.refusedAfterwards = !(await lock.write(this.guarded(hold, 'late'), hold.contender));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    }
  }

  private guarded(hold: Hold, name: string): string {
    return `${this.options.key}-guarded/${hold.token}/${name}`;
  }
}

/** Gives the lock up; false when no member confirmed it, so that it may still be held. */
async function letGo(lock: Lock): Promise<boolean> {
  try {
    await lock.release();
    return true;
  } catch (error) {
    if (error instanceof GatewayError) return false;
    throw error;
  }
}

/** One guarded write as etcd kept it. */
export interface GuardedWrite {
  token: string;
  name: string;
  revision: string;
}

/** Every guarded write below the lock's key in the order in which etcd made them. Throws GatewayError. */
export async function guardedWrites(endpoints: readonly string[], key: string): Promise<GuardedWrite[]> {
  const prefix = `${key}-guarded/`;
  const answer = await new Gateway(endpoints).call<RangeAnswer>('/v3/kv/range', {
    key: encode(prefix),
    range_end: prefixEnd(prefix),
    sort_target: 'MOD',
    sort_order: 'ASCEND',
  });
  return (answer.kvs ?? []).map(kv => {
    const [token = '', name = ''] = decode(kv.key).slice(prefix.length).split('/');
    return { token, name, revision: kv.mod_revision };
  });
}
