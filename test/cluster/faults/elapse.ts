import type { FaultScene } from './scenario.ts';

const LEEWAY = 60_000;

/** Waits until so many milliseconds have passed since the beginning (`performance.now()`). */
export async function elapse(at: FaultScene, since: number, duration: number): Promise<void> {
  const over = async (): Promise<boolean> => performance.now() - since >= duration;
  await at.until(`${duration / 1000} s are over`, over, duration + LEEWAY);
}
