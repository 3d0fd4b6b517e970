import { beforeAll, type ExpectStatic, test } from 'vitest';
import { programs } from './programs.ts';
import { EtcdSet, type SetOptions } from './set.ts';

export interface ScenarioOptions extends SetOptions {
  /** Milliseconds; 6 minutes by default. */
  timeout?: number;
}

// Programs that must be built first take longer than a test may.
beforeAll(() => programs('3.7'));

/**
 * Runs `body` with a set of its own. Whatever happens everything is ended; an error's message carries the
 * state of the set. Throws when it takes longer than `timeout` milliseconds.
 */
export async function withSet<T>(
  { timeout = 360_000, ...options }: ScenarioOptions,
  body: (set: EtcdSet) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const set = await EtcdSet.create(options, over.signal);
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done in ${timeout / 1_000} s`)), timeout);
  });
  try {
    return await Promise.race([body(set), deadline]);
  } catch (error) {
    if (error instanceof Error) error.message += `\n${await set.describe()}`;
    throw error;
  } finally {
    clearTimeout(timer);
    over.abort();
    await set.dispose();
  }
}

/** Defines a test with a set of its own, which runs beside the other scenarios of its file; see `withSet`. */
export function scenario(
  title: string,
  { timeout = 360_000, ...options }: ScenarioOptions,
  body: (set: EtcdSet, expect: ExpectStatic) => Promise<void>,
): void {
  // The runner's own deadline comes later, so that this one can tell the state.
  test.concurrent(title, { timeout: timeout + 30_000 }, ({ expect }) =>
    withSet({ timeout, ...options }, set => body(set, expect)),
  );
}
