import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, in words: becomes the error's first line. */
  what: string;
  /** Milliseconds until it is an error; 120 s by default. */
  timeout?: number;
  /** Milliseconds between two looks; 50 by default. */
  every?: number;
  /** Ends the wait early, when the test is over. */
  signal?: AbortSignal;
}

/**
 * Calls `condition` until it returns something other than undefined or false, and returns that. Errors of
 * the condition count as "not yet"; the last one is part of the error at the deadline.
 */
export async function waitFor<T>(
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  { what, timeout = 120_000, every = 50, signal }: WaitOptions,
): Promise<T> {
  const deadline = Date.now() + timeout;
  for (;;) {
    let last: unknown;
    try {
      const result = await condition();
      if (result !== undefined && result !== false) return result;
    } catch (error) {
      last = error;
    }
    signal?.throwIfAborted();
    if (Date.now() > deadline) {
      const why = last === undefined ? '' : ` (${last instanceof Error ? last.message : String(last)})`;
      throw new Error(`waited ${timeout / 1000} s for: ${what}${why}`);
    }
    await delay(every);
  }
}
