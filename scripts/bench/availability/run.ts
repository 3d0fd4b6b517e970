import type { Cluster } from '../../cluster/cluster.ts';
import type { Contender } from './contender.ts';
import type { Machine, Outcome } from './result.ts';
import { writeOutcome } from './results.ts';
import type { Scenario, Session } from './scenario.ts';

export interface RunOptions {
  cluster: Cluster;
  scenario: Scenario;
  contenders: readonly Contender[];
  rounds: number;
  directory: string;
  machine: Machine;
  /** What the directory has of former runs, to which these rounds are added. */
  former: readonly Outcome[];
  report: (line: string) => void;
}

/** One contender's way through a scenario. */
interface Part {
  contender: Contender;
  outcome: Outcome;
  session?: Session;
}

/**
 * Runs a scenario with each contender and writes what it came to after every round, so that an interruption costs
 * one round. Returns how many contenders did not come to the end of it; why is reported.
 */
export async function runScenario(options: RunOptions): Promise<number> {
  const { scenario, contenders, machine, rounds, former } = options;
  const parts = contenders.map((contender): Part => {
    const measured = new Date().toISOString();
    const { name } = contender;
    const before = former.find(outcome => outcome.scenario === scenario.name && outcome.contender === name);
    const trials = [...(before?.trials ?? [])];
    return { contender, outcome: { scenario: scenario.name, contender: name, measured, machine, trials } };
  });
  const groups = scenario.interleaved ? [parts] : parts.map(part => [part]);
  for (const group of groups) {
    for (const part of group) {
      await attempt(options, part, async () => {
        part.session = await scenario.open(options.cluster, part.contender);
      });
    }
    for (let n = 1; n <= rounds; n += 1) {
      for (const part of group) await attempt(options, part, () => nextRound(options, part, n));
    }
    for (const part of group) await attempt(options, part, async () => part.session?.close());
  }
  return parts.filter(({ outcome }) => outcome.failure !== undefined).length;
}

async function nextRound({ scenario, directory, rounds, report }: RunOptions, part: Part, n: number) {
  const { session, outcome } = part;
  // Nothing to repeat where the contender cannot do it.
  if (!session || outcome.failure !== undefined || outcome.trials.some(({ happened }) => happened)) return;
  const trial = await session.round();
  outcome.trials.push(trial);
  const figures = scenario.figures.flatMap(({ key, unit }) =>
    trial.figures[key] === undefined ? [] : [`${key} ${trial.figures[key]} ${unit}`],
  );
  report(
    `${scenario.name}/${outcome.contender} ${n} of ${rounds}: ${trial.happened ? `cannot: ${trial.happened}` : figures.join(', ')}`,
  );
  await writeOutcome(directory, outcome);
}

async function attempt(options: RunOptions, part: Part, step: () => Promise<unknown>): Promise<void> {
  const { outcome } = part;
  try {
    await step();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    options.report(`${outcome.scenario}/${outcome.contender} failed: ${message}`);
    outcome.failure ??= message.split('\n', 1)[0] ?? '';
    await writeOutcome(options.directory, outcome);
  }
}
