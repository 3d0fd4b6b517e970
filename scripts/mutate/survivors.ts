/** A mutant that no test can notice, or need not. */
export interface Survivor {
  readonly in: string;
  readonly matches: RegExp;
  readonly reason: string;
}

/** Mutants that may survive, each with the reason. */
export const expected: readonly Survivor[] = [];
