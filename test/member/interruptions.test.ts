import { randomUUID } from 'node:crypto';
import { beforeAll, describe, test } from 'vitest';
import { distinct, kindOf, lineOf } from './support/effects.ts';
import {
  eachKindOnce,
  interrupt,
  type Job,
  type Outcome,
  type Phase,
  recordSteps,
  type Shape,
  writtenChanges,
} from './support/interruption.ts';
import { programs } from './support/programs.ts';
import type { EtcdSet } from './support/set.ts';

// The scripts are killed right after each of their steps, whatever those are: an undisturbed run tells. Here
// every kind of step comes once; with INTERRUPTIONS=all every step of every phase does.
const everything = process.env.INTERRUPTIONS === 'all';

beforeAll(() => programs('3.7'));

/** The record names every voter: what a pod that wakes without a quorum goes by. */
async function recorded(set: EtcdSet, voters: number): Promise<void> {
  const names = Array.from({ length: voters }, (_, ordinal) => `etcd-${ordinal}`).join(' ');
  await set.waitFor(() => set.record?.data?.voters?.split(' ').sort().join(' ') === names, {
    what: `the record names the voters ${names}`,
    timeout: 60_000,
  });
}

const found: Phase = {
  name: 'found',
  voters: 1,
  async run(set) {
    await set.start(0);
    await set.voters([0]);
    await recorded(set, 1);
  },
};

const takeBack: Phase = {
  name: 'take the record back',
  voters: 1,
  async prepare(set) {
    const founder = set.ensureClaim(0).metadata.uid;
    const generation = '2-00000000-0000-4000-8000-000000000000';
    set.createRecord({ phase: 'forming', generation, founder, clusterId: '', etcdVersion: '3.7' }, [0]);
    set.annotate(1, '1-00000000-0000-4000-8000-000000000000');
  },
  async run(set) {
    await set.start(0);
    await set.waitFor(() => set.record === undefined, { what: 'the record is gone' });
    set.annotate(1, undefined);
    await set.voters([0]);
  },
};

const join: Phase = {
  name: 'join',
  voters: 2,
  async prepare(set) {
    if (set.claim(1) !== undefined) set.deleteClaim(1);
  },
  async run(set) {
    await set.scale(2);
    await set.voters([0, 1]);
    await recorded(set, 2);
  },
};

const writeRecord: Phase = {
  name: 'write the record again',
  voters: 2,
  optional: true,
  async run(set) {
    const before = set.record?.metadata.uid;
    set.deleteRecord();
    const owners = () => set.record?.metadata.ownerReferences?.length;
    await set.waitFor(() => set.record?.metadata.uid !== before && owners() === 2, {
      what: 'another record with both owners',
      timeout: 60_000,
    });
  },
};

const leaveTwo: Phase = {
  name: 'leave from two',
  voters: 1,
  async prepare(set) {
    await set.lead(1);
  },
  async run(set) {
    await set.scale(1);
    const left = set.effects.steps.some(({ change }) => change.startsWith('etcdctl member remove'));
    if (!left) {
      // One of two is no quorum: its pod has to come back, and leave then.
      await set.scale(2);
      await set.voters([0, 1]);
      await set.scale(1);
    }
    await set.voters([0]);
  },
};

const replace: Phase = {
  name: 'replace',
  voters: 3,
  optional: true,
  async run(set) {
    const [, , lost] = await set.member(0).members();
    set.deleteClaim(2);
    await set.replace([2], { force: true });
    await set.waitFor(async () => !(await set.member(0).members()).some(({ id }) => id === lost?.id), {
      what: 'the member whose volume is lost is out of the list',
    });
  },
};

const leave: Phase = {
  name: 'leave',
  voters: 2,
  async prepare(set) {
    await set.lead(2);
  },
  run: set => set.scale(2),
};

const tidy: Phase = {
  name: 'tidy',
  voters: 2,
  async prepare(set) {
    await set.lead(0);
  },
  run: set => set.scale(2, { force: true }),
};

const comeBack: Phase = {
  name: 'come back',
  voters: 3,
  run: set => set.scale(3),
};

const comeBackAgain: Phase = { ...comeBack, name: 'come back again' };

function growTo(voters: number): Phase {
  return {
    name: 'grow',
    voters,
    async run(set) {
      const ordinals = Array.from({ length: voters }, (_, ordinal) => ordinal);
      await set.start(...ordinals);
      await set.voters(ordinals);
    },
  };
}

const restore: Phase = {
  name: 'restore',
  voters: everything ? 2 : 1,
  restores: true,
  async run(set) {
    const id = randomUUID();
    set.request({ id, member: set.replicas - 1, force: true });
    await set.waitFor(() => set.record?.data?.restored?.split(' ').includes(id), {
      what: 'the record says that the restore is finished',
      timeout: 120_000,
    });
  },
};

const shapes: readonly Shape[] = [
  { name: 'a first member', replicas: 1, once: [found], round: [], sets: 3 },
  { name: 'a record that must go', replicas: 1, once: [takeBack], round: [], sets: 1 },
  { name: 'one and two members', replicas: 1, once: [found], round: [join, writeRecord, leaveTwo], sets: 3 },
  {
    name: 'two and three members',
    replicas: 3,
    once: [growTo(3)],
    round: [replace, leave, comeBack, tidy, comeBackAgain],
    sets: 2,
  },
  // The steps are the source's; with a second member come those of who joins the new generation.
  {
    name: 'a restore',
    replicas: restore.voters,
    once: [growTo(restore.voters)],
    round: [restore],
    sets: 3,
  },
];

const recordings = new Map(shapes.map(shape => [shape, () => recordSteps(shape)]));
let recording: Promise<Map<Shape, Job[]>> | undefined;
/** Each shape's jobs; each step of a shape, or each kind of step in the first shape that has it. */
function planned(): Promise<Map<Shape, Job[]>> {
  recording ??= Promise.all(
    [...recordings].map(async ([shape, record]) => [shape, await record()] as const),
  ).then(all => {
    const chosen = everything
      ? all.flatMap(([, jobs]) => jobs)
      : eachKindOnce(all.flatMap(([, jobs]) => jobs));
    return new Map(all.map(([shape, jobs]) => [shape, jobs.filter(job => chosen.includes(job))]));
  });
  return recording;
}

const results = new Map<Shape, Promise<Outcome[]>>();
function resultOf(shape: Shape): Promise<Outcome[]> {
  const known = results.get(shape) ?? planned().then(jobs => interrupt(shape, jobs.get(shape) ?? []));
  results.set(shape, known);
  return known;
}

describe.concurrent('killed right after each step, the next start finishes the work', () => {
  for (const shape of shapes) {
    test.concurrent(shape.name, { timeout: everything ? 3_600_000 : 600_000 }, async ({ expect }) => {
      const outcomes = await resultOf(shape);
      const told = outcomes.map(({ phase, step, took }) => {
        const end =
          took === undefined ? 'did not come up again' : `whole after ${(took / 1_000).toFixed(1)} s`;
        return `  ${phase}: ${lineOf(step)}: ${end}`;
      });
      console.log(`${shape.name}, killed after\n${told.join('\n')}`);
      expect(outcomes.filter(({ took }) => took !== undefined).length).toBeGreaterThan(outcomes.length / 2);
    });
  }

  test.concurrent('every change that the scripts can make is among the steps', {
    timeout: 3_600_000,
  }, async ({ expect }) => {
    const outcomes = (await Promise.all(shapes.map(resultOf))).flat();
    const struck = distinct(
      outcomes.filter(({ took }) => took !== undefined).map(({ step }) => step),
      kindOf,
    ).map(kindOf);
    const missed = (await writtenChanges()).filter(change => !struck.some(kind => kind.includes(change)));
    expect(missed).toEqual([]);
  });
});
