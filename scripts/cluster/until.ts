import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until `holds` returns true and looks again every `every` milliseconds. Throws at the deadline
 * (`timeout` milliseconds) an error that names `condition` and contains what `describe` returns; an
 * error that `holds` throws ends the wait at once.
 */
export async function until(
  condition: string,
  timeout: number,
  holds: () => Promise<boolean>,
  describe: () => Promise<string> = async () => '',
  every = 200,
): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!(await holds())) {
    if (Date.now() > deadline) {
      const state = await describe();
      throw new Error(
        `waited ${Math.round(timeout / 1000)} s in vain until ${condition}\n${state}`.trimEnd(),
      );
    }
    await sleep(every);
  }
}
