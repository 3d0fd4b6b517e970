import { execa } from 'execa';
import type { Report } from '../progress.ts';

/** One thing that `npm run test:lint` looks at. */
export interface Check {
  name: string;
  /** Returns the complaints, none when all is well; throws when the check itself cannot be made. */
  run(report: Report): Promise<string[]>;
}

/**
 * Runs a program that judges files. Returns no complaint when it exits with 0, otherwise one that holds
 * everything it printed; throws when it cannot be started.
 */
export async function judge(file: string, args: readonly string[]): Promise<string[]> {
  const result = await execa(file, args, { reject: false, all: true });
  if (result.exitCode === 0) return [];
  if (result.exitCode === undefined) throw new Error(result.shortMessage);
  return [`${result.command} (exit code ${result.exitCode})\n${result.all.trim()}`];
}
