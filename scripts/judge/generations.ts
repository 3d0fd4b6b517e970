import type { Answered, Call, Declaration, History } from './history.ts';

type Change = Pick<Declaration, 'kind' | 'keeps'>;

/** The clusters that answered one after the other, and what must outlive the change from one to the next. */
export class Generations {
  /** Cluster IDs in the order in which they first answered. */
  readonly clusters: readonly string[];
  private readonly changes: readonly Change[];

  constructor({ calls, declarations }: History) {
    this.clusters = [...new Set(answeredCalls(calls).map(({ answered }) => answered.cluster))];
    this.changes = declarations.filter(({ kind }) => kind !== 'compaction');
  }

  /** How many changes of the cluster ID no scenario has declared. */
  get undeclared(): number {
    return Math.max(0, this.clusters.length - 1 - this.changes.length);
  }

  /** Place of a cluster in their order; after all others when it never answered. */
  place(cluster: string): number {
    const place = this.clusters.indexOf(cluster);
    return place < 0 ? this.clusters.length : place;
  }

  /** Whether a cluster must hold what another one, or itself, acknowledged. */
  mustKeep({ cluster: from, revision }: Answered, cluster: string): boolean {
    return this.between(from, cluster).every(
      ({ kind, keeps }) => kind === 'restore' && (keeps === undefined || BigInt(revision) <= BigInt(keeps)),
    );
  }

  /** Whether nothing of one cluster can be in a later one. */
  separated(from: string, cluster: string): boolean {
    return this.between(from, cluster).some(({ kind }) => kind === 'loss');
  }

  private between(from: string, to: string): readonly Change[] {
    return this.changes.slice(this.place(from), this.place(to));
  }
}

/** The calls that etcd answered. */
export function answeredCalls<C extends Call>(calls: readonly C[]): (C & { answered: Answered })[] {
  return calls.filter((call): call is C & { answered: Answered } => call.answered !== undefined);
}
