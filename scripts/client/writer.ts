import {
  callMember,
  decode,
  encode,
  GatewayError,
  type Header,
  prefixEnd,
  type RangeAnswer,
} from './gateway.ts';

export interface WriterOptions {
  endpoints: readonly string[];
  /** Every key begins with it; two writers need two prefixes. */
  prefix: string;
  /** Milliseconds between the writes through one endpoint; 50 by default. */
  pause?: number;
}

/** One write as it went; times are milliseconds of the monotonic clock. */
export interface Write {
  endpoint: string;
  key: string;
  start: number;
  end: number;
  header?: Header;
  error?: GatewayError;
}

export interface WriterReport {
  acknowledged: number;
  /** Of these, how many each endpoint acknowledged, in the order of the endpoints. */
  byEndpoint: readonly number[];
  /** Writes without an acknowledgement; they may have been made or not. */
  unanswered: number;
  /** Longest time in milliseconds from one acknowledgement to the next, through whatever endpoint. */
  longestGap: number;
  lastError?: string;
}

/** What a member lacks of the acknowledged writes; an empty list means nothing. */
export interface MemberCheck {
  endpoint: string;
  missing: string[];
}

/** Short at first, so that the longest gap is not one of ours; longer while a member stays away. */
const PAUSES_AFTER_FAILURES = [50, 100, 200, 400];

/**
 * Writes unique keys all the time, through every endpoint at once, and remembers every write that etcd
 * acknowledged with the revision it was given. A key is never tried twice: a late first attempt would change
 * its revision.
 */
export class Writer {
  private readonly options: WriterOptions;
  private readonly observe: ((write: Write) => void) | undefined;
  private readonly acknowledged = new Map<string, string>();
  private readonly byEndpoint: number[];
  private readonly stopping = new AbortController();
  private readonly finished: Promise<unknown>;
  private unanswered = 0;
  private lastAnswer = performance.now();
  private longestGap = 0;
  private lastError: string | undefined;

  /** `observe` is told of every write. */
  constructor(options: WriterOptions, observe?: (write: Write) => void) {
    this.options = options;
    this.observe = observe;
    this.byEndpoint = options.endpoints.map(() => 0);
    this.finished = Promise.all(options.endpoints.map((endpoint, index) => this.write(endpoint, index)));
    // Told by stop(); unheard until then it would end the whole program.
    this.finished.catch(() => {});
  }

  private async write(endpoint: string, index: number): Promise<void> {
    let failures = 0;
    for (let n = 1; !this.stopping.signal.aborted; n += 1) {
      const key = `${this.options.prefix}${index}-${String(n).padStart(6, '0')}`;
      const start = performance.now();
      const ended = () => ({ endpoint, key, start, end: performance.now() });
      try {
        const body = { key: encode(key), value: encode(key) };
        const { header } = await callMember<{ header: Header }>(endpoint, '/v3/kv/put', body, {
          timeout: 1500,
        });
        failures = 0;
        this.observe?.({ ...ended(), header });
        this.acknowledge(key, header.revision ?? '', index);
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        failures += 1;
        this.unanswered += 1;
        this.lastError = String(error);
        this.observe?.({ ...ended(), error });
      }
      const afterFailure = PAUSES_AFTER_FAILURES[failures - 1] ?? PAUSES_AFTER_FAILURES.at(-1);
      const pause = failures === 0 ? (this.options.pause ?? 50) : afterFailure;
      await new Promise(resume => setTimeout(resume, pause));
    }
  }

  private acknowledge(key: string, revision: string, index: number): void {
    this.acknowledged.set(key, revision);
    this.byEndpoint[index] = (this.byEndpoint[index] ?? 0) + 1;
    const now = performance.now();
    this.longestGap = Math.max(this.longestGap, now - this.lastAnswer);
    this.lastAnswer = now;
  }

  report(): WriterReport {
    return {
      acknowledged: this.acknowledged.size,
      byEndpoint: this.byEndpoint,
      unanswered: this.unanswered,
      longestGap: Math.round(Math.max(this.longestGap, performance.now() - this.lastAnswer)),
      ...(this.lastError === undefined ? {} : { lastError: this.lastError }),
    };
  }

  /** Forgets the longest gap so far, so that the next report speaks of what happens from now on. */
  restartGap(): void {
    this.lastAnswer = performance.now();
    this.longestGap = 0;
  }

  /** Stops writing; resolves when the last write is answered. */
  async stop(): Promise<WriterReport> {
    this.stopping.abort();
    await this.finished;
    return this.report();
  }

  /**
   * Looks on each member's own disk (a serializable read) for every write acknowledged so far, with its value
   * and revision. A member that lags behind gets until the deadline (milliseconds) to catch up.
   */
  async check(members: readonly string[], deadline: number): Promise<MemberCheck[]> {
    const expected = new Map(this.acknowledged);
    return Promise.all(members.map(endpoint => this.checkMember(endpoint, expected, deadline)));
  }

  private async checkMember(
    endpoint: string,
    expected: ReadonlyMap<string, string>,
    deadline: number,
  ): Promise<MemberCheck> {
    const end = performance.now() + deadline;
    for (;;) {
      const missing = await lacking(endpoint, this.options.prefix, expected).catch(error => [String(error)]);
      if (missing.length === 0 || performance.now() > end) return { endpoint, missing };
      await new Promise(resume => setTimeout(resume, 200));
    }
  }
}

async function lacking(
  endpoint: string,
  prefix: string,
  expected: ReadonlyMap<string, string>,
): Promise<string[]> {
  const body = { key: encode(prefix), range_end: prefixEnd(prefix), serializable: true };
  const answer = await callMember<RangeAnswer>(endpoint, '/v3/kv/range', body, { timeout: 10_000 });
  const found = new Map(answer.kvs?.map(kv => [decode(kv.key), kv]));
  const missing: string[] = [];
  for (const [key, revision] of expected) {
    const kv = found.get(key);
    if (!kv) missing.push(`${key} is gone (acknowledged at revision ${revision})`);
    else if (decode(kv.value) !== key || kv.mod_revision !== revision) {
      missing.push(`${key} is at revision ${kv.mod_revision}, acknowledged at ${revision}`);
    }
  }
  return missing;
}
