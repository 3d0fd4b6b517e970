export interface WorkloadReport {
  /** Writes of unique keys that etcd acknowledged. */
  acknowledged: number;
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
