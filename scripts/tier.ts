import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

/** The tiers of `npm test`, in the order they run: the quickest complaint first. */
export const tiers = ['lint', 'render', 'model', 'member', 'cluster'] as const;
/** `faults` is too long for `npm test`, which runs one fault of each class in the tier `cluster`. */
export type Tier = (typeof tiers)[number] | 'faults' | 'soak';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export interface TierResult extends Counts {
  tier: Tier;
  seconds: number;
  /** The signal that ended the run, when a person or the machine interrupted it. */
  interrupted?: NodeJS.Signals;
}

/** How long an interrupted tier may take to stop its own children before it is killed. */
const stopWithinMs = 20_000;
const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs one tier with its output on this terminal and returns what it counted; `args` go to vitest
 * (the lint tier takes none). A tier that ends badly without naming a failed test counts as one failure.
 * The tier gets a process group of its own, so that an interrupt reaches every process it started.
 */
export async function runTier(tier: Tier, args: readonly string[]): Promise<TierResult> {
  const started = performance.now();
  const directory = await mkdtemp(join(tmpdir(), `etcd-chart-${tier}-`));
  const countsFile = join(directory, 'counts.json');
  try {
    const child = execa(process.execPath, command(tier, countsFile, args), {
      cwd: dirname(import.meta.dirname),
      stdio: 'inherit',
      detached: true,
      cleanup: false,
      reject: false,
    });
    let interrupted: NodeJS.Signals | undefined;
    let timer: NodeJS.Timeout | undefined;
    const stop = (signal: NodeJS.Signals): void => {
      // A second Ctrl-C does not wait for the cleaning up.
      signalGroup(child.pid, interrupted === undefined ? signal : 'SIGKILL');
      interrupted ??= signal;
      timer ??= setTimeout(() => signalGroup(child.pid, 'SIGKILL'), stopWithinMs);
    };
    for (const signal of interrupts) process.on(signal, stop);
    const result = await child;
    for (const signal of interrupts) process.off(signal, stop);
    clearTimeout(timer);
    // What a test left running must not outlive the tier.
    signalGroup(child.pid, interrupted === undefined ? 'SIGTERM' : 'SIGKILL');

    const counts = await readCounts(countsFile);
    if (result.exitCode !== 0 && counts.failed === 0 && interrupted === undefined) counts.failed = 1;
    const seconds = (performance.now() - started) / 1000;
    return { tier, seconds, ...counts, ...(interrupted === undefined ? {} : { interrupted }) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Returns the exit code a shell reports for a program that `signal` ended: 130 for SIGINT. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

function command(tier: Tier, countsFile: string, args: readonly string[]): string[] {
  if (tier === 'lint') return ['--import', 'tsx', 'scripts/lint/main.ts', countsFile];
  return [
    'node_modules/vitest/vitest.mjs',
    'run',
    `--project=${tier}`,
    // The long tiers name every test as it ends; the render tier has hundreds.
    `--reporter=${tier === 'render' ? 'default' : 'verbose'}`,
    '--reporter=json',
    `--outputFile.json=${countsFile}`,
    ...args,
  ];
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // ESRCH: everybody in the group is gone already.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** The part of vitest's JSON report that is read here; the lint tier writes the same shape. */
export interface CountsFile {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

async function readCounts(file: string): Promise<Counts> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    // Interrupted or crashed before the report was written; the exit code tells which.
    return { passed: 0, failed: 0, skipped: 0 };
  }
  return countsOf(JSON.parse(text));
}

/** Returns what a report counts. A file that fails outside its tests (a broken import, a failed set-up) is one failure. */
export function countsOf(report: CountsFile): Counts {
  const brokenFiles = report.testResults.filter(
    file => file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
