import { setTimeout as sleep } from 'node:timers/promises';
import type { Declaration, History, MemberState } from '../judge/history.ts';
import { Contest, type Hold } from './contest.ts';
import { increment } from './counter.ts';
import { callMember, decode, encode, Gateway, prefixEnd, type RangeAnswer } from './gateway.ts';
import { readHistories } from './history.ts';
import { liveOnLease } from './leased-key.ts';
import { Loop } from './loop.ts';
import { readKey } from './reader.ts';
import { answeredBy, endedWith, Recorder } from './recorder.ts';
import { PrefixWatcher } from './watcher.ts';
import { type Write, Writer } from './writer.ts';

export interface WorkloadOptions {
  /** Every member's endpoint, also of members that are still to come. */
  members: readonly string[];
  service: string;
}

export interface WorkloadReport {
  /** Writes of unique keys that etcd acknowledged. */
  acknowledged: number;
  /** The same by member, in the order of the endpoints. */
  byMember: readonly number[];
  /** Calls of every kind that were certainly not carried out. */
  failed: number;
  /** Calls of every kind without an answer. */
  unknown: number;
  /** Longest time in milliseconds between two acknowledged writes, by whatever member, since the last mark. */
  longestGap: number;
  /** The same for the writes through the Service alone. */
  longestGapByService: number;
  lastProblem?: string;
}

/** Everything of a workload is below this prefix. */
export const WORKLOAD_PREFIX = 'workload/';
const UNIQUE = `${WORKLOAD_PREFIX}unique/`;
const COUNTERS = ['a', 'b'].map(name => `${WORKLOAD_PREFIX}counter/${name}`);
const LOCK = `${WORKLOAD_PREFIX}lock`;
/** Milliseconds between two writes of unique keys through three members each; more members write less often each. */
const PAUSE_OF_THREE = 50;

/** What runs between two pauses. */
interface Round {
  byMembers: Writer;
  byService: Writer;
  contest: Contest;
  loops: readonly Loop[];
  stopping: AbortController;
}

/**
 * Clients of every kind on one cluster at once, each call of theirs recorded: writers of unique keys through
 * every member and the Service, counters, reads of both kinds, leases, watchers, and holders of a lock.
 */
export class Workload {
  private readonly options: WorkloadOptions;
  private readonly recorder = new Recorder();
  private readonly holds: Hold[] = [];
  private readonly watchers: readonly PrefixWatcher[];
  private readonly declarations: Declaration[] = [];
  private readonly byMember: number[];
  private rounds = 0;
  private acknowledged = 0;
  private round: Round | undefined;
  private gaps = { members: 0, service: 0 };

  constructor(options: WorkloadOptions) {
    this.options = options;
    this.byMember = options.members.map(() => 0);
    this.watchers = [0, 1].map(first => new PrefixWatcher(options.members, UNIQUE, first));
    this.resume();
  }

  /** Starts a round of calls; while one goes on it goes on. */
  resume(): void {
    if (this.round) return;
    const { members, service } = this.options;
    const { recorder } = this;
    this.rounds += 1;
    const prefix = `${UNIQUE}${this.rounds}-`;
    const pause = (PAUSE_OF_THREE * Math.max(3, members.length)) / 3;
    const stopping = new AbortController();
    let leased = 0;
    const reader = new Gateway(members);
    this.round = {
      stopping,
      byMembers: new Writer({ endpoints: members, prefix: `${prefix}m`, pause }, this.addWrite),
      byService: new Writer(
        { endpoints: [service], prefix: `${prefix}s`, pause: PAUSE_OF_THREE },
        this.addWrite,
      ),
      contest: new Contest(
        {
          endpoints: members,
          key: LOCK,
          contenders: ['Ada', 'Ben', 'Cem'],
          // Long enough for a machine that stands still for a moment.
          ttl: 5,
          hold: 400,
          rest: 100,
          pause: 100,
          hangEvery: 6,
        },
        recorder.addAttempt,
      ),
      loops: [
        ...COUNTERS.map((counter, index) => {
          const gateway = new Gateway(members, index);
          return new Loop(async () => {
            for (const call of await increment(gateway, counter)) recorder.add(call);
          }, 200);
        }),
        new Loop(async () => {
          recorder.add((await readKey(reader, recorder.newest ?? UNIQUE, true)).call);
          reader.advance();
        }, 100),
        ...members.map(endpoint => {
          const gateway = new Gateway([endpoint]);
          return new Loop(async () => {
            recorder.add((await readKey(gateway, recorder.newest ?? UNIQUE, false)).call);
          }, 300);
        }),
        new Loop(async () => {
          leased += 1;
          const key = `${WORKLOAD_PREFIX}leased/${this.rounds}-${leased}`;
          await liveOnLease(members, key, recorder, stopping.signal);
        }, 200),
      ],
    };
  }

  /** Starts no further call and resolves when every call is answered. Throws what a client of ours threw. */
  async pause(): Promise<void> {
    const { round } = this;
    if (!round) return;
    round.stopping.abort();
    const results = await Promise.allSettled([
      round.byMembers.stop(),
      round.byService.stop(),
      round.contest.stop(),
      ...round.loops.map(loop => loop.stop()),
    ]);
    this.gaps = this.longestGaps();
    this.holds.push(...round.contest.holds);
    this.round = undefined;
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Forgets the gaps so far. */
  mark(): void {
    this.gaps = { members: 0, service: 0 };
    this.round?.byMembers.restartGap();
    this.round?.byService.restartGap();
  }

  declare(declaration: Omit<Declaration, 'at'>): void {
    this.declarations.push({ ...declaration, at: performance.now() });
  }

  report(): WorkloadReport {
    const { failed, unknown, lastProblem } = this.recorder;
    const { members, service } = this.longestGaps();
    return {
      acknowledged: this.acknowledged,
      byMember: this.byMember,
      failed,
      unknown,
      longestGap: members,
      longestGapByService: service,
      ...(lastProblem === undefined ? {} : { lastProblem }),
    };
  }

  /**
   * Ends the workload once the watchers have seen the last acknowledged write, or at the deadline
   * (milliseconds); then the judge will say what they missed. Returns everything recorded.
   */
  async finish(deadline: number): Promise<History> {
    await this.pause();
    const end = performance.now() + deadline;
    const last = this.newestWrite();
    const seen = () => !last || this.watchers.every(watcher => watcher.hasSeen(last.cluster, last.revision));
    while (!seen() && performance.now() < end) await sleep(50);
    await Promise.all(this.watchers.map(watcher => watcher.stop()));
    return {
      calls: this.recorder.calls,
      holds: this.holds,
      watchers: this.watchers.map(({ record }) => record),
      declarations: this.declarations,
    };
  }

  /** The cluster that took writes last, and the highest revision it gave to a unique key. */
  private newestWrite(): { cluster: string; revision: bigint } | undefined {
    const answers = this.recorder.calls.flatMap(({ kind, outcome, answered }) =>
      kind === 'put' && outcome === 'ok' && answered ? [answered] : [],
    );
    const cluster = answers.at(-1)?.cluster;
    if (cluster === undefined) return undefined;
    const revisions = answers
      .filter(answer => answer.cluster === cluster)
      .map(answer => BigInt(answer.revision));
    return { cluster, revision: revisions.reduce((most, next) => (next > most ? next : most)) };
  }

  private longestGaps(): { members: number; service: number } {
    const { members, service } = this.gaps;
    return {
      members: Math.max(members, this.round?.byMembers.report().longestGap ?? 0),
      service: Math.max(service, this.round?.byService.report().longestGap ?? 0),
    };
  }

  private readonly addWrite = ({ endpoint, key, start, end, header, error }: Write): void => {
    const { recorder } = this;
    recorder.add({ kind: 'put', key, endpoint, start, end, ...endedWith(error), ...answeredBy(header) });
    if (error) return;
    this.acknowledged += 1;
    const index = this.options.members.indexOf(endpoint);
    if (index >= 0) this.byMember[index] = (this.byMember[index] ?? 0) + 1;
  };
}

/**
 * What every member holds of a workload at one revision, each read from its own disk, with its hash of the
 * whole database. Throws as `readHistories` does.
 */
export async function readStates(members: readonly string[], deadline: number): Promise<MemberState[]> {
  const histories = await readHistories(members, deadline);
  return Promise.all(
    histories.map(async history => {
      const body = {
        key: encode(WORKLOAD_PREFIX),
        range_end: prefixEnd(WORKLOAD_PREFIX),
        revision: history.revision,
        serializable: true,
        sort_target: 'MOD',
        sort_order: 'ASCEND',
      };
      const options = { timeout: 30_000 };
      const { kvs = [] } = await callMember<RangeAnswer>(history.endpoint, '/v3/kv/range', body, options);
      const keys = kvs.map(({ key, value, mod_revision }) => ({
        key: decode(key),
        value: decode(value),
        revision: mod_revision,
      }));
      return { ...history, keys };
    }),
  );
}
