import type { Cluster } from '../../cluster/cluster.ts';
import type { Contender } from './contender.ts';
import type { Figure, Trial } from './result.ts';

/** One contender's part in a scenario, round by round. */
export interface Session {
  round(): Promise<Trial>;
  close(): Promise<void>;
}

/** Something that happens to a cluster, and what is measured meanwhile. */
export interface Scenario {
  /** Picked by `--only`, and part of a file name. */
  name: string;
  title: string;
  /** One or two sentences: what happens and what is counted. */
  text: string;
  figures: readonly Figure[];
  /** Rounds unless `--repeat` says otherwise. */
  rounds: number;
  /** The contenders take turns, round by round: for figures that are compared with one another. */
  interleaved?: boolean;
  /** Leaves out contenders whose business it is not: what they make of it is shown elsewhere. */
  managersOnly?: boolean;
  /** Prepares everything for the rounds. */
  open(cluster: Cluster, contender: Contender): Promise<Session>;
}
