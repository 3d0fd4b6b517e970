import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { distinct, kindOf, lineOf, type Step } from './effects.ts';
import { scripts } from './programs.ts';
import { withSet } from './scenario.ts';
import type { EtcdSet } from './set.ts';

/** One part of the protocol: is begun, may be interrupted at any step, and must come to its end all the same. */
export interface Phase {
  name: string;
  /** What has to be so before the steps count. */
  prepare?(set: EtcdSet): Promise<void>;
  /** Begins it and waits until it has come to its end. */
  run(set: EtcdSet): Promise<void>;
  /** How many voters there are then; they are the lowest ordinals. */
  voters: number;
  /** Ends with a new generation; any other phase ends with the one that it began with. */
  restores?: true;
  /** Runs only to be interrupted: the next phase begins where this one began. */
  optional?: true;
}

/** A round of phases, the end of one being the beginning of the next. */
export interface Shape {
  name: string;
  replicas: number;
  /** Phases that only a new set can go through: its first ones. */
  once: readonly Phase[];
  /** Phases that a set goes through again and again. */
  round: readonly Phase[];
  /** How many sets go through them at the same time. */
  sets: number;
}

export interface Job {
  phase: string;
  step: Step;
}

export interface Outcome extends Job {
  /** Milliseconds until the phase had come to its end; undefined when the step did not come up again. */
  took: number | undefined;
}

/** Returns which steps each phase takes when nothing interrupts it, each once. Throws when it does not end. */
export function recordSteps(shape: Shape): Promise<Job[]> {
  return withSet(
    { replicas: shape.replicas, upkeepSeconds: 3, traced: true, timeout: 240_000 },
    async set => {
      const jobs: Job[] = [];
      for (const phase of [...shape.once, ...shape.round]) {
        await runPhase(set, phase);
        jobs.push(...distinct(set.effects.steps.map(anyKeeper)).map(step => ({ phase: phase.name, step })));
      }
      return jobs;
    },
  );
}

/** Which keeper is the first to see something is chance. */
function anyKeeper(step: Step): Step {
  return step.script === 'keep.sh' ? { ...step, pod: '*' } : step;
}

/** Returns of several recordings the jobs that take each kind of step once. */
export function eachKindOnce(jobs: readonly Job[]): Job[] {
  const first = new Map<string, Job>();
  for (const job of jobs) {
    const kind = kindOf(job.step);
    if (!first.has(kind)) first.set(kind, job);
  }
  return [...first.values()];
}

/** A step that depends on who was quicker may not come up: it gets two more chances. */
const chances = 3;

/**
 * Carries out the jobs of one shape: interrupts each phase right after each step and returns how it ended.
 * Throws, with the state of the set, when a phase does not come to its end, or something is lost.
 */
export async function interrupt(shape: Shape, jobs: readonly Job[]): Promise<Outcome[]> {
  const queue = jobs.map(job => ({ ...job, chances }));
  const outcomes: Outcome[] = [];
  const next = (phase: Phase) => {
    const at = queue.findIndex(job => job.phase === phase.name);
    return at < 0 ? undefined : queue.splice(at, 1)[0];
  };
  const attempt = async (set: EtcdSet, phase: Phase) => {
    const job = next(phase);
    if (job === undefined && phase.optional) return;
    const began = performance.now();
    try {
      await runPhase(set, phase, job?.step);
    } catch (error) {
      if (error instanceof Error && job !== undefined) {
        error.message = `${phase.name}, killed after \`${lineOf(job.step)}\`: ${error.message}`;
      }
      throw error;
    }
    if (job === undefined) return;
    if (set.effects.struck) outcomes.push({ ...job, took: performance.now() - began });
    else if (job.chances > 1) queue.push({ ...job, chances: job.chances - 1 });
    else outcomes.push({ ...job, took: undefined });
  };
  const isOnce = ({ phase }: Job) => shape.once.some(({ name }) => name === phase);
  const worker = async () => {
    while (queue.length > 0) {
      await withSet(
        { replicas: shape.replicas, upkeepSeconds: 3, traced: true, timeout: 1_800_000 },
        async set => {
          for (const phase of shape.once) await attempt(set, phase);
          while (queue.some(job => !isOnce(job))) {
            for (const phase of shape.round) await attempt(set, phase);
          }
        },
      );
    }
  };
  await Promise.all(Array.from({ length: shape.sets }, worker));
  return outcomes;
}

async function runPhase(set: EtcdSet, phase: Phase, step?: Step): Promise<void> {
  await phase.prepare?.(set);
  const { phase: formed, generation: before } = set.record?.data ?? {};
  const generation = formed === 'formed' ? before : undefined;
  if (generation !== undefined) await set.write(0, 3);
  set.effects.arm(step);
  await phase.run(set);
  const ordinals = Array.from({ length: phase.voters }, (_, ordinal) => ordinal);
  await set.voters(ordinals);
  await set.formed();
  await set.nothingLost(...ordinals);
  await set.agree(ordinals);
  const now = set.record?.data?.generation;
  if (generation !== undefined && (now !== generation) !== (phase.restores === true)) {
    throw new Error(`the record said generation ${generation} and now says ${now}`);
  }
}

/** Returns the changes that the chart's scripts can make to etcd's members and to objects, as they are written. */
export async function writtenChanges(): Promise<string[]> {
  const changes = new Set<string>();
  for (const file of await readdir(scripts)) {
    const text = await readFile(join(scripts, file), 'utf8');
    for (const [, verb] of text.matchAll(/member_change (add|promote|remove|update)\b/g)) {
      changes.add(`etcdctl member ${verb}`);
    }
    for (const [, verb] of text.matchAll(/\bkube (create|patch|delete|annotate|label|apply|replace)\b/g)) {
      changes.add(`kubectl ${verb}`);
    }
    for (const [, verb] of text.matchAll(/\b(move-leader|snapshot save|snapshot restore)\b/g)) {
      changes.add(verb ?? '');
    }
  }
  return [...changes].sort();
}
