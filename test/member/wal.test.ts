import { existsSync, readdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'vitest';
import { scenario } from './support/scenario.ts';
import type { EtcdSet } from './support/set.ts';
import { copyVolume, files, fingerprint, identity } from './support/volume.ts';

// The log on a volume of its own. etcd takes data without a log for a member that never began, and would start it empty;
// so each of the two volumes tells when the other is not the one it belongs with.

/** A set of one formed member with some data, none of whose pods run. */
async function sleepingFounder(set: EtcdSet): Promise<void> {
  await set.start(0);
  await set.formed();
  await set.write(0, 5);
  await set.delete([0], { force: true });
}

/** Returns the directories put aside on a volume. */
function archives(volume: string): string[] {
  const directory = join(volume, 'archive');
  return existsSync(directory) ? readdirSync(directory) : [];
}

describe.concurrent('a log with a volume of its own', () => {
  scenario(
    'lies there and nowhere else, for founder and joiners; restarts, leaving and coming back keep it',
    { replicas: 2, wal: true },
    async (set, expect) => {
      const before = await set.up();
      await set.write(0, 5);
      for (const ordinal of [0, 1]) {
        const { generation = '', ...data } = await identity(set.volume(ordinal));
        expect({ generation, ...data }).toEqual(await identity(set.logVolume(ordinal)));
        expect(data.log).toBe(set.ensureLogClaim(ordinal).metadata.uid);
        expect(existsSync(join(set.volume(ordinal), generation, 'member', 'wal'))).toBe(false);
        const [log = ''] = readdirSync(join(set.logVolume(ordinal), generation)).filter(name =>
          name.endsWith('.wal'),
        );
        expect(log).toMatch(/^0+-0+\.wal$/);
      }
      await set.delete([0, 1], { force: true });
      await set.start(0, 1);
      expect(await set.voters([0, 1])).toEqual(before);
      await set.scale(1);
      await set.voters([0]);
      await set.scale(2);
      await set.line(1, /^archive: .*does not list/);
      await set.voters([0, 1]);
      expect(archives(set.volume(1))).toEqual(archives(set.logVolume(1)));
      await set.nothingLost(0, 1);
    },
  );

  scenario(
    'moves in when its member is replaced; until then the log stays with the data',
    { replicas: 1 },
    async (set, expect) => {
      await sleepingFounder(set);
      set.useLogVolumes(true);
      await set.start(0);
      await set.line(0, /^start: the volume holds member/);
      await set.voters([0]);
      expect(await files(set.logVolume(0))).toEqual(['room']);
      set.setReplicas(2);
      await set.start(1);
      await set.voters([0, 1]);
      expect((await files(set.logVolume(1))).some(path => path.endsWith('.wal'))).toBe(true);
      await set.nothingLost(0, 1);
    },
  );
});

describe.concurrent('half of a member', () => {
  scenario(
    'whose log is lost is put aside while the others have a quorum, and joins anew; so is one whose data is lost',
    { replicas: 3, wal: true },
    async (set, expect) => {
      const before = await set.up();
      await set.write(0, 5);
      await set.delete([1], { force: true });
      set.deleteLogClaim(1);
      await set.start(1);
      await set.line(1, /^archive: .*does not hold the log of the data.* has a quorum without it/);
      await set.voters([0, 1, 2]);
      expect(archives(set.volume(1))).toHaveLength(1);
      await set.delete([2], { force: true });
      set.deleteClaim(2);
      await set.start(2);
      await set.line(2, /^archive: .*holds a log, but its data is gone.* has a quorum without it/);
      const after = await set.voters([0, 1, 2]);
      expect(archives(set.logVolume(2))).toHaveLength(1);
      expect(after.map(({ id }) => before.some(member => member.id === id))).toEqual([true, false, false]);
      await set.nothingLost(0, 1, 2);
    },
  );

  scenario(
    'never starts without a quorum, founds nothing, and is served by a named restore',
    { replicas: 1, wal: true },
    async (set, expect) => {
      await sleepingFounder(set);
      set.deleteLogClaim(0);
      const before = await fingerprint(set.volume(0));
      await set.start(0);
      await set.waits(0, /does not hold the log of the data .* never started/);
      set.deleteRecord();
      await set.looks(0, 2);
      expect(set.pod(0).hasStartedEtcd).toBe(false);
      expect(set.record).toBeUndefined();
      expect(await fingerprint(set.volume(0))).toEqual(before);
      set.request({ id: 'half', member: 0 });
      await set.line(0, /^restore half: .*taking what is in the database alone/);
      await set.voters([0]);
      const { generation = '' } = await identity(set.volume(0));
      expect(generation).toMatch(/^2-/);
      expect(existsSync(join(set.logVolume(0), generation))).toBe(true);
      expect(existsSync(join(set.volume(0), generation, 'member', 'wal'))).toBe(false);
    },
  );

  scenario(
    'that is a log alone waits, and notes on its claim that there was data',
    { replicas: 1, wal: true },
    async (set, expect) => {
      await sleepingFounder(set);
      set.deleteClaim(0);
      expect(set.record).toBeUndefined();
      const before = await fingerprint(set.logVolume(0));
      await set.start(0);
      await set.waits(0, /holds a log, but its data is gone/);
      expect(set.record).toBeUndefined();
      expect(set.annotation(0)).toBe('0-unknown');
      expect(await fingerprint(set.logVolume(0))).toEqual(before);
    },
  );

  scenario(
    'is also a log from another volume, be it an older one of the same member',
    { replicas: 1, wal: true },
    async (set, expect) => {
      await sleepingFounder(set);
      const kept = `${set.logVolume(0)}.kept`;
      await rename(set.logVolume(0), kept);
      set.deleteLogClaim(0);
      await set.start(0);
      await set.waits(0, /does not hold the log/);
      await set.delete([0], { force: true });
      await copyVolume(kept, set.logVolume(0));
      await set.start(0);
      // The same member's, but on a claim that is not the one it was written on.
      await set.waits(0, /the volume is a copy/);
      await set.delete([0], { force: true });
      await rm(join(set.logVolume(0), 'identity'));
      await set.start(0);
      await set.waits(0, /do not belong together/);
      expect(set.pod(0).hasStartedEtcd).toBe(false);
    },
  );
});

describe.concurrent('a founder that was killed before its log', () => {
  scenario('goes on: what it has is no half', { replicas: 1, wal: true }, async (set, expect) => {
    await sleepingFounder(set);
    const { generation = '' } = await identity(set.volume(0));
    await rm(join(set.logVolume(0), generation), { recursive: true });
    set.forgetWrites();
    set.setRecord({ phase: 'forming' });
    await set.start(0);
    await set.line(0, /^found: the record says that this pod was forming/);
    await set.voters([0]);
    expect(set.record?.data?.generation).toBe(generation);
  });
});

describe.concurrent('a restore', () => {
  scenario(
    'replays the log from its volume, and brings the new one there',
    { replicas: 3, wal: true },
    async (set, expect) => {
      await set.up();
      await set.write(0, 5);
      await set.voters([0, 1, 2]);
      await set.delete([0, 1, 2], { force: true });
      for (const ordinal of [1, 2]) {
        set.deleteClaim(ordinal);
        set.deleteLogClaim(ordinal);
      }
      set.request({ id: 'back', member: 0 });
      await set.start(0, 1, 2);
      await set.voters([0, 1, 2]);
      const { generation = '' } = await identity(set.volume(0));
      expect(generation).toMatch(/^2-/);
      expect(existsSync(join(set.logVolume(0), generation))).toBe(true);
      expect(archives(set.logVolume(0))).toHaveLength(1);
      await set.nothingLost(0, 1, 2);
    },
  );
});
