import { beforeAll, type ExpectStatic, test } from 'vitest';
import { programs } from './programs.ts';
import { EtcdSet, type SetOptions } from './set.ts';

export interface ScenarioOptions extends SetOptions {
  /** Milliseconds; the tier's default otherwise. */
  timeout?: number;
}

// Programs that must be built first take longer than a test may.
beforeAll(() => programs('3.7'));

/**
 * Defines a test with a set of its own, which runs beside the other scenarios of its file. Whatever happens
 * everything is ended; a failure's message carries the state of the set.
 */
export function scenario(
  title: string,
  { timeout, ...options }: ScenarioOptions,
  body: (set: EtcdSet, expect: ExpectStatic) => Promise<void>,
): void {
  test.concurrent(title, { ...(timeout === undefined ? {} : { timeout }) }, async ({ expect, signal }) => {
    const set = await EtcdSet.create(options, signal);
    try {
      await body(set, expect);
    } catch (error) {
      if (error instanceof Error) error.message += `\n${await set.describe()}`;
      throw error;
    } finally {
      await set.dispose();
    }
  });
}
