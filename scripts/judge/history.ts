import type { Hold } from '../client/contest.ts';
import type { MemberHistory } from '../client/history.ts';

/** How a call ended. `failed`: certainly not carried out. `unknown`: nobody said; it may have been carried out. */
export type Outcome = 'ok' | 'failed' | 'unknown';

/** Who answered a call, and at which revision; 64-bit numbers are decimal strings. */
export interface Answered {
  cluster: string;
  member: string;
  revision: string;
}

interface CallBase {
  endpoint: string;
  /** Milliseconds of the client's monotonic clock. */
  start: number;
  end: number;
  outcome: Outcome;
  /** There whenever etcd answered, also when it refused a comparison. */
  answered?: Answered;
  problem?: string;
}

/** A write of a key that no other call writes. */
export interface PutCall extends CallBase {
  kind: 'put';
  key: string;
}
/** A counter set to `to` on the condition that nobody has changed it since it was read. */
export interface IncrementCall extends CallBase {
  kind: 'increment';
  counter: string;
  to: number;
}
/** A read of one key. */
export interface ReadCall extends CallBase {
  kind: 'read';
  linearizable: boolean;
  key: string;
  /** Revision at which the key was last written; left out when there was no such key. */
  seen?: string;
}
/** A linearizable read of a key that hangs on a lease, at a time when it must be there, or gone. */
export interface LeasedCall extends CallBase {
  kind: 'leased';
  key: string;
  /** Cluster ID of the member that took the key. */
  cluster: string;
  expected: 'there' | 'gone';
  there: boolean;
}
/** Any other call, of leases and locks; what it did is told by `holds` and the final state. */
export interface OtherCall extends CallBase {
  kind: 'other';
  path: string;
}
export type Call = PutCall | IncrementCall | ReadCall | LeasedCall | OtherCall;

/** One watch from its beginning at a revision to its end. */
export interface WatchStream {
  endpoint: string;
  start: number;
  /** Cluster ID of the member that answered; left out when none did. */
  cluster?: string;
  /** First revision asked for. */
  from: string;
  /** Revision and key of each event as they came. */
  events: [revision: string, key: string][];
  /** The compacted revision that etcd named when it cancelled the watch for being too old. */
  compacted?: string;
}

/** All streams of one watcher, one after the other; each begins where the one before it ended. */
export interface Watcher {
  prefix: string;
  streams: WatchStream[];
}

/** Something that a scenario does and that the judge has to allow for. */
export interface Declaration {
  /**
   * `restore`: a new generation from one member's data; the cluster ID changes, the revision jumps up.
   * `loss`: all data goes; a new cluster with nothing of the old one. `compaction`: history is cut off.
   */
  kind: 'restore' | 'loss' | 'compaction';
  /** Milliseconds of the client's monotonic clock. */
  at: number;
  /** With `restore`: writes acknowledged up to this revision survive it; all when it is left out. */
  keeps?: string;
}

/** What the workload did and saw. */
export interface History {
  calls: readonly Call[];
  /** Times with the lock, in the order in which it was got. */
  holds: readonly Hold[];
  watchers: readonly Watcher[];
  declarations: readonly Declaration[];
}

export interface StoredKey {
  key: string;
  value: string;
  /** Revision of the last write. */
  revision: string;
}

/** What one member holds on its own disk, read at a revision that all members have. */
export interface MemberState extends MemberHistory {
  /** Every key below the workload's prefix, in the order of their revisions. */
  keys: readonly StoredKey[];
}
