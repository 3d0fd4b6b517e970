import type { Generations } from './generations.ts';
import type { History, MemberState, Watcher, WatchStream } from './history.ts';

/** Every watcher saw every write below its prefix once and in the order of the revisions. */
export function watcherFaults(
  history: History,
  states: readonly MemberState[],
  generations: Generations,
): string[] {
  const cutsAllowed = history.declarations.some(({ kind }) => kind !== 'loss');
  return history.watchers.flatMap((watcher, index) =>
    new Watched(`watcher ${index + 1}`, watcher, cutsAllowed, generations).faults(history, states[0]),
  );
}

/** What one watcher saw of the last cluster. */
class Watched {
  private readonly who: string;
  private readonly prefix: string;
  private readonly disorder: string[] = [];
  private readonly events = new Map<string, string>();
  /** Revisions that a compaction took away: from the first, up to but without the second. */
  private readonly cuts: [bigint, bigint][] = [];
  private first: bigint | undefined;
  private next = 0n;
  /** Whether the last stream ended for a compaction. */
  private cutOff = false;

  constructor(who: string, { prefix, streams }: Watcher, cutsAllowed: boolean, generations: Generations) {
    this.who = who;
    this.prefix = prefix;
    let cluster: string | undefined;
    for (const stream of streams) {
      if (stream.cluster !== undefined) {
        if (cluster !== undefined && generations.separated(cluster, stream.cluster)) {
          // It begins where the old cluster ended: all that the watcher learns by it is that there is a new one.
          if (stream.events.length === 0) continue;
          this.beginAgain();
        }
        cluster = stream.cluster;
      }
      this.follow(stream, cutsAllowed);
    }
  }

  private beginAgain(): void {
    this.events.clear();
    this.cuts.length = 0;
    this.first = undefined;
    this.next = 0n;
    this.cutOff = false;
  }

  private follow({ endpoint, from, events, compacted }: WatchStream, cutsAllowed: boolean): void {
    this.first ??= BigInt(from);
    if (this.cutOff && BigInt(from) > this.next) this.cuts.push([this.next, BigInt(from)]);
    this.cutOff = compacted !== undefined;
    if (BigInt(from) > this.next) this.next = BigInt(from);
    for (const [revision, key] of events) {
      if (BigInt(revision) < this.next) {
        const before = this.events.get(key) === revision ? 'a second time' : 'after a later one';
        this.disorder.push(`${this.who} saw ${key} at revision ${revision} ${before}, through ${endpoint}`);
      } else {
        this.next = BigInt(revision) + 1n;
      }
      this.events.set(key, revision);
    }
    if (compacted !== undefined && !cutsAllowed) {
      this.disorder.push(
        `${this.who} was cancelled by ${endpoint} for a compaction at ${compacted} that nobody had asked for`,
      );
    }
  }

  faults({ calls }: History, state: MemberState | undefined): string[] {
    if (!state) return [];
    const acknowledged = calls.flatMap(({ kind, outcome, answered }) =>
      kind === 'put' && outcome === 'ok' && answered?.cluster === state.clusterId
        ? [BigInt(answered.revision)]
        : [],
    );
    const last = acknowledged.reduce((most, next) => (next > most ? next : most), 0n);
    const missed = state.keys
      .filter(({ key, revision }) => {
        const at = BigInt(revision);
        if (!key.startsWith(this.prefix) || this.events.get(key) === revision) return false;
        return this.first !== undefined && at >= this.first && at <= last && !this.isCut(at);
      })
      .map(({ key, revision }) => `${this.who} missed ${key} at revision ${revision}`);
    return [...this.disorder, ...missed];
  }

  private isCut(revision: bigint): boolean {
    return this.cuts.some(([from, to]) => revision >= from && revision < to);
  }
}
