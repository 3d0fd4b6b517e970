import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'vitest';
import { follow } from './support/advice.ts';
import type { EtcdMinor } from './support/programs.ts';
import { scenario } from './support/scenario.ts';
import type { EtcdSet } from './support/set.ts';
import { copyVolume, fingerprint, identity } from './support/volume.ts';

// The way back from a lost quorum: a new generation, made of what one member has.

const all = [0, 1, 2];
/** By how much etcd's revisions jump, so that none is given out a second time. */
const gap = 1_000_000_000;

const others = (survivor: number) => all.filter(ordinal => ordinal !== survivor);

/** Writes, and waits until every member has what was written. */
async function writeEverywhere(set: EtcdSet, through: number): Promise<void> {
  await set.write(through, 20);
  await set.nothingLost(...all);
}

/** Waits until a restore is finished and every member is a voter of it, and throws unless nothing is lost. */
async function restored(set: EtcdSet, id: string, number: number, ordinals = all): Promise<void> {
  await set.waitFor(() => set.record?.data?.restored?.split(' ').includes(id), {
    what: `restore ${id} is finished`,
    timeout: 120_000,
  });
  await set.voters(ordinals, { timeout: 120_000 });
  const { phase, generation = '', restoreId, next } = set.record?.data ?? {};
  const said = { phase, number: generation.split('-')[0], restoreId, next };
  if (JSON.stringify(said) !== JSON.stringify({ phase: 'formed', number: String(number) })) {
    throw new Error(`after restore ${id} the record says ${JSON.stringify(set.record?.data)}`);
  }
  await set.nothingLost(...ordinals);
  await set.agree(ordinals);
  for (const ordinal of ordinals) {
    const { generation: held, restored: finished } = await identity(set.volume(ordinal));
    if (held !== generation || set.annotation(ordinal) !== generation || !finished?.split(' ').includes(id)) {
      throw new Error(
        `etcd-${ordinal} holds ${held} and is marked ${set.annotation(ordinal)}, finished ${finished}`,
      );
    }
  }
}

/** Throws unless a request that was carried out, made again, changes nothing. */
async function doneOnce(set: EtcdSet, id: string, member: number): Promise<void> {
  const before = set.record?.data?.generation;
  set.withdraw();
  set.request({ id, member, force: true });
  await set.looks(member, 2, 'keeper');
  const { phase, generation } = set.record?.data ?? {};
  if (phase !== 'formed' || generation !== before) {
    throw new Error(`restore ${id} was done a second time: ${JSON.stringify(set.record?.data)}`);
  }
}

describe.concurrent('two of three volumes are lost', () => {
  const cases: [number, EtcdMinor, boolean][] = [
    [0, '3.7', false],
    [1, '3.6', true],
    [2, '3.5', false],
  ];
  for (const [survivor, image, restarted] of cases) {
    scenario(
      `etcd-${survivor} survives${restarted ? ' and starts again' : ''}: its data is served, by etcd ${image}`,
      { replicas: 3, image },
      async (set, expect) => {
        await set.up();
        await writeEverywhere(set, survivor);
        const before = await set.member(survivor).revision();
        await set.lose(others(survivor));
        if (restarted) await set.replace([survivor], { force: true });
        await set.start(...others(survivor));
        await set.line(survivor, /has no quorum.* create configmap etcd-restore .*member=\d/, {
          timeout: 120_000,
        });
        set.request({ id: 'first', member: survivor });
        await restored(set, 'first', 2);
        expect(await set.member(survivor).revision()).toBeGreaterThan(before + gap);
        const archive = await readdir(join(set.volume(survivor), 'archive'));
        expect(archive).toHaveLength(1);
        expect(await readdir(join(set.volume(survivor), 'archive', archive[0] ?? ''))).toContain('identity');
        expect(await readdir(set.volume(survivor))).not.toContain('restore');
        await doneOnce(set, 'first', survivor);
      },
    );
  }

  scenario(
    'a pod that stays away with intact data stops a restore that is not forced; it joins the forced one later',
    { replicas: 3 },
    async (set, expect) => {
      await set.up();
      await writeEverywhere(set, 2);
      await set.lose([0]);
      await set.delete([1], { force: true });
      const kept = await fingerprint(set.volume(1));
      await set.start(0);
      set.request({ id: 'one', member: 2 });
      await set.line(2, /restore one: refused: the volumes of 2 of 3 voters are intact \( etcd-1 etcd-2 \)/);
      await set.formed();
      set.request({ id: 'two', member: 2, force: true });
      await restored(set, 'two', 2, [0, 2]);
      expect(await fingerprint(set.volume(1))).toEqual(kept);
      await set.start(1);
      await set.line(1, /^archive: .*the record is of generation 2-/);
      await restored(set, 'two', 2);
    },
  );

  scenario(
    'a pod that does not stop is waited for until it is removed, and a request that is withdrawn changes nothing',
    { replicas: 3 },
    async (set, expect) => {
      await set.up();
      await writeEverywhere(set, 2);
      await set.lose([0]);
      set.pod(1).etcd.freeze();
      set.pod(1).keeper.freeze();
      await set.start(0);
      await set.line(2, /has no quorum/);
      set.request({ id: 'one', member: 2 });
      await set.line(2, /waiting for etcd-1 to stop its etcd.*delete pod etcd-1 --force/);
      expect(set.record?.data?.phase).toBe('stopping');
      set.withdraw();
      await set.formed();
      await set.waitFor(
        () => set.pods.some(pod => pod.lines.some(line => /restore one: the request is gone/.test(line))),
        { what: 'a pod logs that the request is gone' },
      );
      await set.line(2, /has no quorum/);
      set.request({ id: 'two', member: 2 });
      await set.waitFor(() => set.record?.data?.restoreId === 'two', { what: 'restore two begins' });
      await follow(set, await set.line(2, /restore two: waiting for etcd-1 to stop its etcd.* --force/));
      // The pod is back with its data, which makes a quorum.
      await set.line(2, /restore two: refused: the volumes of 2 of 3 voters are intact/);
      await set.voters(all);
      await set.nothingLost(...all);
    },
  );
});

describe.concurrent('a restore is refused', () => {
  scenario(
    'while there is a quorum, and for good',
    { replicas: 3, upkeepSeconds: 3 },
    async (set, expect) => {
      await set.up();
      await writeEverywhere(set, 0);
      const before = set.record?.data?.generation;
      set.request({ id: 'early', member: 1 });
      await set.waitFor(() => set.record?.data?.refused === 'early', { what: 'the quorum refuses' });
      expect(set.record?.data).toMatchObject({ phase: 'formed', refused: 'early' });
      await set.lose([0, 2]);
      await set.line(1, /has no quorum/);
      await set.looks(1, 3, 'keeper');
      expect(set.record?.data).toMatchObject({ phase: 'formed', generation: before });
      // The same request goes ahead when it insists.
      await set.start(0, 2);
      set.request({ id: 'early', member: 1, force: true });
      await restored(set, 'early', 2);
    },
  );

  scenario(
    'when those that stopped have the data of a quorum, and everybody starts as it was',
    { replicas: 3 },
    async (set, expect) => {
      await set.up();
      await writeEverywhere(set, 0);
      await set.lose([1]);
      await set.delete([0], { force: true });
      await set.write(2, 0);
      set.request({ id: 'hasty', member: 2 });
      await set.line(2, /^stopping etcd: restore hasty/);
      await set.start(0, 1);
      await set.line(2, /restore hasty: refused: the volumes of 2 of 3 voters are intact/);
      const generation = set.record?.data?.generation;
      await set.voters(all);
      await set.nothingLost(...all);
      expect(set.record?.data).toMatchObject({ phase: 'formed', generation, refused: 'hasty' });
    },
  );

  scenario(
    'when it is not written as it should be',
    { replicas: 1, upkeepSeconds: 3 },
    async (set, expect) => {
      await set.up();
      set.request({ id: 'a b', member: 0, force: true });
      await set.line(0, /restore a b: its id is not made of/);
      set.request({ id: 'x', member: 0, archive: '../x', force: true });
      await set.line(0, /restore x: archive is `..\/x`/);
      expect(set.record?.data?.phase).toBe('formed');
    },
  );
});

describe.concurrent('a restore that is forced', () => {
  scenario(
    'stops a cluster that serves, and its data is served on',
    { replicas: 3, upkeepSeconds: 3 },
    async set => {
      await set.up();
      await writeEverywhere(set, 0);
      set.request({ id: 'now', member: 1, force: true });
      await restored(set, 'now', 2);
    },
  );
});

describe.concurrent('data that never starts by itself', () => {
  scenario(
    'claims made anew over all volumes: one copy is the source',
    { replicas: 3 },
    async (set, expect) => {
      await set.up();
      await writeEverywhere(set, 0);
      await set.delete(all);
      const kept = all.map(ordinal => join(set.volume(ordinal), '..', `kept-${ordinal}`));
      for (const ordinal of all) {
        const to = kept[ordinal] ?? '';
        await mkdir(to);
        await copyVolume(set.volume(ordinal), to);
        set.deleteClaim(ordinal);
      }
      expect(set.record).toBeUndefined();
      for (const ordinal of all) {
        await mkdir(set.volume(ordinal), { recursive: true });
        await copyVolume(kept[ordinal] ?? '', set.volume(ordinal));
      }
      await set.start(...all);
      await set.line(1, /^wait: the volume is foreign.* create configmap etcd-restore .*member=1/);
      set.request({ id: 'rebound', member: 1 });
      await restored(set, 'rebound', 2);
    },
  );

  scenario('data in the root of a volume, as another chart leaves it', { replicas: 1 }, async set => {
    await set.up();
    await set.write(0, 5);
    await set.delete([0]);
    const volume = set.volume(0);
    const { generation = '' } = await identity(volume);
    await rename(join(volume, generation, 'member'), join(volume, 'member'));
    await rm(join(volume, generation), { recursive: true });
    await rm(join(volume, 'identity'));
    set.deleteRecord();
    set.annotate(0, undefined);
    await set.start(0);
    await set.line(0, /^wait: .* without an identity of this chart.* create configmap etcd-restore /);
    set.request({ id: 'adopt', member: 0 });
    await restored(set, 'adopt', 1, [0]);
  });
});

describe.concurrent('the record', () => {
  scenario(
    'deleted after the old data went aside: what is restored is served',
    { replicas: 1 },
    async (set, expect) => {
      await set.up();
      await set.write(0, 5);
      await set.delete([0]);
      const volume = set.volume(0);
      const { generation = '' } = await identity(volume);
      await mkdir(join(volume, 'restore'));
      await rename(join(volume, generation), join(volume, 'restore', generation));
      await rename(join(volume, 'identity'), join(volume, 'restore', 'identity'));
      set.deleteRecord();
      await set.start(0);
      await set.voters([0]);
      await set.nothingLost(0);
      await set.waitFor(() => set.record?.data?.generation === generation, {
        what: 'the record is written again',
      });
      expect(await readdir(volume)).not.toContain('restore');
    },
  );

  scenario(
    'put back, of the generation before: who still holds that does not start it',
    { replicas: 3 },
    async (set, expect) => {
      await set.up();
      await writeEverywhere(set, 0);
      const old = { ...set.record?.data };
      await set.delete([0, 1], { force: true });
      set.request({ id: 'new', member: 2, force: true });
      await set.waitFor(() => set.record?.data?.restored === 'new', { what: 'the restore is finished' });
      await set.delete([2], { force: true });
      const claims = all.map(ordinal => set.ensureClaim(ordinal));
      set.deleteRecord();
      set.createRecord(
        old as Record<string, string>,
        claims.map((_, ordinal) => ordinal),
      );
      await set.start(0, 1);
      await Promise.all(
        [0, 1].map(ordinal => set.waits(ordinal, /data-etcd-2 2-.*an old record was put back/)),
      );
      // As its line says: without the old record the newer generation is served.
      set.deleteRecord();
      await set.start(2);
      await restored(set, 'new', 2);
      expect(set.record?.data?.generation).not.toBe(old.generation);
    },
  );
});
