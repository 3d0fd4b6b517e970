/** A mutant that no test can notice, or need not. */
export interface Survivor {
  readonly in: string;
  readonly matches: RegExp;
  readonly reason: string;
}

/** Mutants that may survive, each with the reason. */
export const expected: readonly Survivor[] = [
  {
    in: 'values.schema.json',
    matches: /^takes out maxItems: 2$/,
    reason:
      'there are two families, and uniqueItems lets each of them stand there once: the rule says it to readers',
  },
];
