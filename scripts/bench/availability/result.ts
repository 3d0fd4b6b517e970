import type { Timeline } from './timeline.ts';

/** One round of one scenario: figure by its key, in the figure's own unit. */
export interface Trial {
  figures: Record<string, number>;
  timeline?: Timeline;
  /** Why attempts of calls failed: each reason with its number. */
  problems?: Record<string, number>;
  /** For a contender that cannot do this: what happened in place of it. */
  happened?: string;
}

/** Where it was measured. */
export interface Machine {
  cores: number;
  /** In GiB. */
  memory: number;
  processor: string;
  kernel: string;
  kubernetes: string;
  nodes: number;
  etcd: string;
}

/** All rounds of one scenario with one contender. */
export interface Outcome {
  scenario: string;
  contender: string;
  /** ISO 8601. */
  measured: string;
  machine: Machine;
  trials: Trial[];
  /** Why the rounds came to an end before all were done. */
  failure?: string;
}

/** An upper bound of a figure for the chart: as a number, or as so many times the median of another contender. */
export interface Target {
  of: 'median' | 'worst';
  atMost: number;
  times?: string;
}

/** Something that is measured in every round of a scenario. */
export interface Figure {
  key: string;
  title: string;
  unit: 'ms' | 's' | 'calls' | 'members';
  targets?: readonly Target[];
}

/** The middle one, or the higher of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The highest value; NaN of none. */
export function worst(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : Math.max(...values);
}

/** A figure's values over all rounds that have it. */
export function valuesOf(outcome: Outcome | undefined, key: string): number[] {
  return (outcome?.trials ?? []).flatMap(({ figures }) => figures[key] ?? []);
}

/** A target as the table shows it. */
export interface Verdict {
  /** The bound in the figure's unit. */
  limit: number;
  target: Target;
  value: number;
  met: boolean;
}

/**
 * How an outcome stands to a figure's targets; those that cannot be told (no value, or none of the other
 * contender) are left out.
 */
export function verdictsOf(
  figure: Figure,
  outcome: Outcome | undefined,
  others: readonly Outcome[],
): Verdict[] {
  const values = valuesOf(outcome, figure.key);
  return (figure.targets ?? []).flatMap((target): Verdict[] => {
    const value = (target.of === 'median' ? median : worst)(values);
    const reference = others.find(({ contender }) => contender === target.times);
    const limit = target.times ? target.atMost * median(valuesOf(reference, figure.key)) : target.atMost;
    return Number.isNaN(value) || Number.isNaN(limit) ? [] : [{ limit, target, value, met: value <= limit }];
  });
}
