import { Listr } from 'listr2';

/** Takes one human-readable line about work that goes on. */
export type Report = (line: string) => void;

/** One step of a long work. */
export interface Step {
  title: string;
  /** Keeps every reported line in sight, not only the last one. */
  keep?: boolean;
  run(report: Report): Promise<void>;
}

/**
 * Runs `steps` one after the other and shows on standard output where it is, with elapsed times: live on a
 * terminal, in plain lines elsewhere. Throws what a step throws, and starts none after it.
 */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  let failure: unknown;
  const list = new Listr(
    steps.map(({ title, keep = false, run }) => ({
      title,
      task: async (_: unknown, task: { title: string; output: string }) => {
        const start = performance.now();
        const showTime = (): void => {
          task.title = `${title} (${elapsed((performance.now() - start) / 1000)})`;
        };
        const clock = process.stdout.isTTY ? setInterval(showTime, 1000) : undefined;
        try {
          await run(line => {
            task.output = line;
          });
        } catch (error) {
          failure = error;
          // The whole message follows under the list; two of it would confuse.
          throw new Error('see below', { cause: error });
        } finally {
          clearInterval(clock);
          showTime();
        }
      },
      rendererOptions: { persistentOutput: keep, outputBar: keep ? Number.POSITIVE_INFINITY : 1 },
    })),
    {
      registerSignalListeners: false,
      rendererOptions: { showErrorMessage: false, collapseErrors: false },
      fallbackRenderer: 'simple',
    },
  );
  try {
    await list.run();
  } catch (error) {
    throw failure ?? error;
  }
}

/** Returns a time in words: `48 s`, `3 min 05 s`. */
export function elapsed(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
