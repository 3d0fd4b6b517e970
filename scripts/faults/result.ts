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

/** A generator of numbers from 0 to below 1, the same ones for one seed (Marsaglia's xorshift). */
export function randomFrom(seed: number): () => number {
  // A state of zero would stay zero; the factor keeps neighbouring seeds apart.
  let state = Math.imul(seed, 2654435761) | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
