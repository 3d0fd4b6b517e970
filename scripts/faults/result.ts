/** Figures of one run of one fault; times are milliseconds unless they say otherwise. */
export interface FaultResult {
  name: string;
  class: string;
  seed: number;
  /** Writes of unique keys that etcd acknowledged. */
  acknowledged: number;
  /** Calls of every kind that were certainly not carried out. */
  failed: number;
  /** Calls of every kind without an answer. */
  unknown: number;
  /** Between two acknowledged writes, by whatever member. */
  longestGap: number;
  longestGapByService: number;
  /** To as many healthy voters as wanted; left out where a fault ends without a quorum. */
  recovery?: number;
  /** The whole scenario, in seconds. */
  seconds: number;
}

/** The results that runs have written, one JSON object a line. */
export function readLines(text: string): FaultResult[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as FaultResult);
}

/** The results of `results/faults.json`. */
export function readResults(text: string): FaultResult[] {
  return (JSON.parse(text) as { results: FaultResult[] }).results;
}

/** What is known of a fault from former runs: how many there were, and how long the longest took, in seconds. */
export function formerRuns(results: readonly FaultResult[], name: string): { runs: number; seconds: number } {
  const former = results.filter(result => result.name === name).map(({ seconds }) => seconds);
  return { runs: former.length, seconds: Math.max(0, ...former) };
}
