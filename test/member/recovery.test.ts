import { mkdir, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'vitest';
import { commandsIn, follow, followCommand } from './support/advice.ts';
import { scenario } from './support/scenario.ts';
import type { EtcdSet } from './support/set.ts';
import { copyVolume, endOfLog, fingerprint, identity } from './support/volume.ts';

// The way back from a disaster, and the advice that log lines give: neither may lose what was acknowledged.

const all = [0, 1, 2];

/** Waits until the record lists the request as refused. */
async function refused(set: EtcdSet, id: string): Promise<void> {
  await set.waitFor(() => set.record?.data?.refused?.split(' ').includes(id), {
    what: `restore ${id} is refused`,
    timeout: 120_000,
  });
}

/** Waits until a restore is finished and the ordinals are its voters. */
async function restored(set: EtcdSet, id: string | RegExp, ordinals: readonly number[]): Promise<void> {
  await set.waitFor(() => set.record?.data?.restored?.match(id), {
    what: `restore ${id} is finished`,
    timeout: 120_000,
  });
  await set.voters(ordinals, { timeout: 120_000 });
}

/** Returns etcd's log directory on an ordinal's volume. */
async function logDirectory(set: EtcdSet, ordinal: number): Promise<string> {
  const { generation = '' } = await identity(set.volume(ordinal));
  return join(set.volume(ordinal), generation, 'member', 'wal');
}

/** Returns the path of the newest file of the write-ahead log of an ordinal. */
async function newestLog(set: EtcdSet, ordinal: number): Promise<string> {
  const directory = await logDirectory(set, ordinal);
  const names = (await readdir(directory)).filter(name => name.endsWith('.wal')).sort();
  return join(directory, names.at(-1) ?? '');
}

describe.concurrent('a restore counts members beyond replicas', () => {
  scenario(
    'which sleep with the data of a quorum: it is refused, and the line wakes them',
    { replicas: 3 },
    async (set, expect) => {
      await set.up();
      await set.write(1, 10);
      await set.delete([0], { force: true });
      await set.write(1, 10);
      await set.delete([1, 2], { force: true });
      const kept = await Promise.all([1, 2].map(ordinal => fingerprint(set.volume(ordinal))));
      set.setReplicas(1);
      await set.start(0);
      const advice = await set.line(0, /has no quorum.* scale statefulset etcd --replicas=3/);
      expect(set.pod(0).lines.join('\n')).not.toContain('create configmap');
      set.request({ id: 'hasty', member: 0 });
      await refused(set, 'hasty');
      await set.line(0, /restore hasty: refused: the volumes of 3 of 3 voters are intact/);
      expect(await Promise.all([1, 2].map(ordinal => fingerprint(set.volume(ordinal))))).toEqual(kept);
      await follow(set, advice);
      await set.voters(all);
      await set.nothingLost(...all);
    },
  );

  scenario(
    'which still serve in their preStop hook: no second generation serves beside them',
    { replicas: 3 },
    async (set, expect) => {
      await set.up();
      await set.delete([0], { force: true });
      const kept = join(set.volume(0), '..', 'kept');
      await mkdir(kept);
      await copyVolume(set.volume(0), kept);
      await set.write(1, 10);
      set.deleteClaim(0);
      await mkdir(set.volume(0), { recursive: true });
      await copyVolume(kept, set.volume(0));
      set.setReplicas(1);
      const leaving = set.delete([1, 2]);
      await set.start(0);
      set.request({ id: 'hasty', member: 0 });
      await set.write(1, 5);
      await leaving;
      await set.looks(0, 3, 'keeper');
      expect(set.record?.data?.generation).toMatch(/^1-/);
      expect(set.record?.data?.phase).toBe('formed');
      // Whatever became of the scale-in, every acknowledged write is on the volumes that are kept.
      await set.scale(3);
      await set.voters(all);
      await set.nothingLost(...all);
    },
  );
});

describe.concurrent('a request that names a waiting pod while a quorum lives', () => {
  scenario(
    'is refused by the quorum, and does not fire when the quorum is lost later',
    { replicas: 3, upkeepSeconds: 3 },
    async (set, expect) => {
      await set.up();
      await set.write(0, 5);
      await set.delete([2], { force: true });
      await rm(join(set.volume(2), 'identity'));
      await set.start(2);
      await set.line(2, /^wait: .*without an identity.*a new volume brings this member back/);
      expect(set.pod(2).lines.join('\n')).not.toContain('create configmap');
      await set.write(0, 20);
      set.request({ id: 'armed', member: 2 });
      await refused(set, 'armed');
      await set.delete([0, 1], { force: true });
      await set.looks(2, 5);
      expect(set.record?.data).toMatchObject({ phase: 'formed', refused: 'armed' });
      await set.start(0, 1);
      await set.waitFor(() => set.tryWrite(0).then(() => true), { what: 'the quorum is back' });
      await follow(set, await set.line(2, /a new volume brings this member back/));
      await set.voters(all);
      await set.nothingLost(...all);
    },
  );

  scenario(
    'on a shared volume: the line moves its directory aside',
    { replicas: 3, shared: true },
    async set => {
      await set.up();
      await set.write(0, 5);
      await set.delete([1], { force: true });
      await rm(join(set.volume(1), 'identity'));
      await set.start(1);
      await follow(set, await set.line(1, /without an identity.*exec etcd-0 .*\/mv .*delete pod etcd-1/));
      await set.voters(all);
      await set.nothingLost(...all);
    },
  );

  scenario(
    'complaints: no id, a member that is no ordinal or has no pod',
    { replicas: 1, upkeepSeconds: 2 },
    async set => {
      await set.up();
      set.requestRaw({ member: '0' });
      await set.line(0, /restore without id: it has no id/);
      set.requestRaw({ id: 'x', member: 'etcd-0' });
      await set.line(0, /restore x: member is `etcd-0`: give the ordinal/);
      set.requestRaw({ id: 'y', member: '5' });
      await set.line(0, /restore y: member 5 is not among the 1 replicas/);
      // It must not begin on the day on which there is such a pod, and no quorum.
      await refused(set, 'y');
    },
  );
});

describe.concurrent('a generation whose only data is lost', () => {
  scenario(
    'does not take the older data with it: the older volumes wait, and one is the way back',
    { replicas: 3 },
    async (set, expect) => {
      await set.up();
      await set.write(0, 20);
      await set.nothingLost(...all);
      // The nodes of 1 and 2 are down, and their pods were removed by force.
      await set.delete([1, 2], { force: true });
      await set.line(0, /has no quorum/);
      set.request({ id: 'down', member: 0, force: true });
      await restored(set, 'down', [0]);
      await set.lose([0]);
      set.withdraw();
      const kept = await Promise.all([1, 2].map(ordinal => fingerprint(set.volume(ordinal))));
      await set.start(...all);
      await Promise.all([1, 2].map(ordinal => set.waits(ordinal, /of which no quorum answers/)));
      await set.waits(0, /volume is empty/);
      expect(await Promise.all([1, 2].map(ordinal => fingerprint(set.volume(ordinal))))).toEqual(kept);
      await follow(set, await set.line(1, /create configmap etcd-restore .*member=1/, { timeout: 120_000 }));
      await restored(set, /down .+/, all);
      await set.nothingLost(...all);
    },
  );
});

describe.concurrent('an empty volume', () => {
  scenario('says who sleeps with the data', { replicas: 3 }, async set => {
    await set.up();
    await set.write(0, 5);
    await set.delete(all, { force: true });
    set.deleteClaim(0);
    set.setReplicas(1);
    await set.start(0);
    await follow(set, await set.line(0, /^wait: volume is empty.*scale statefulset etcd --replicas=3/));
    await set.voters(all);
    await set.nothingLost(...all);
  });

  scenario('names an archive on it, and a restore takes that', { replicas: 1 }, async (set, expect) => {
    await set.up();
    await set.write(0, 5);
    await set.delete([0], { force: true });
    const volume = set.volume(0);
    const { generation = '' } = await identity(volume);
    await mkdir(join(volume, 'archive', 'former'), { recursive: true });
    await rename(join(volume, generation), join(volume, 'archive', 'former', generation));
    await rename(join(volume, 'identity'), join(volume, 'archive', 'former', 'identity'));
    await set.start(0);
    await follow(
      set,
      await set.line(0, /archive of generation 1-.*create configmap etcd-restore .*archive=former/, {
        timeout: 120_000,
      }),
    );
    await restored(set, /.+/, [0]);
    await set.nothingLost(0);
    expect(await readdir(join(volume, 'archive'))).toContain('former');
  });

  scenario(
    'with claims that have lost their labels founds nothing beside data',
    { replicas: 3 },
    async (set, expect) => {
      await set.up();
      await set.delete(all, { force: true });
      set.deleteRecord();
      set.deleteClaim(0);
      for (const ordinal of [1, 2]) set.unlabelClaim(ordinal);
      await set.start(0);
      await set.waits(0, /the volume is empty and there is no record/);
      expect(set.record).toBeUndefined();
      await set.start(1, 2);
      await set.voters(all);
      await set.nothingLost(...all);
    },
  );
});

describe.concurrent('the alarm CORRUPT', () => {
  scenario(
    'is not a lost quorum: it is reported, no restore is advised, and the member can be replaced',
    { replicas: 3, upkeepSeconds: 3, timeout: 420_000 },
    async (set, expect) => {
      const before = await set.up();
      await set.write(0, 5);
      await set.member(0).raiseCorrupt(before[2]?.id ?? '');
      const advice = await set.line(0, /^wait: the alarm CORRUPT is raised for member .*\(etcd-2\)/, {
        timeout: 120_000,
      });
      await set.looks(0, 3, 'keeper');
      for (const pod of set.pods) expect(pod.lines.join('\n')).not.toContain('has no quorum');
      const [claim = '', pod = '', disarm = ''] = commandsIn(advice);
      await followCommand(set, claim);
      await followCommand(set, pod);
      await set.waitFor(
        async () =>
          (await set.listed(2, 0))?.learner === false && (await set.listed(2, 0))?.id !== before[2]?.id,
        {
          what: 'etcd-2 is a voter again, on a new volume',
          timeout: 120_000,
        },
      );
      await followCommand(set, disarm);
      await set.voters(all);
      await set.nothingLost(...all);
    },
  );
});

describe.concurrent('two of five survive', () => {
  scenario(
    'the one that is behind is refused, the other one is the source',
    { replicas: 5, timeout: 420_000 },
    async set => {
      await set.up();
      await set.write(0, 10);
      await set.delete([3], { force: true });
      await set.write(0, 10);
      await set.nothingLost(4);
      await set.lose([0, 1, 2]);
      await set.start(0, 1, 2, 3);
      await set.line(3, /has no quorum/);
      set.request({ id: 'behind', member: 3 });
      await refused(set, 'behind');
      await set.line(
        3,
        /restore behind: refused: etcd-4 has more of the log than etcd-3: term \d+, index \d+, against term \d+, index \d+/,
      );
      await set.line(4, /has no quorum/);
      set.request({ id: 'ahead', member: 4 });
      await restored(set, 'ahead', [0, 1, 2, 3, 4]);
      await set.nothingLost(0, 1, 2, 3, 4);
    },
  );
});

describe.concurrent('a volume of which no pod has reported', () => {
  scenario(
    'stops a restore that is not forced, because it may be ahead',
    { replicas: 2 },
    async (set, expect) => {
      await set.up();
      await set.write(0, 5);
      await set.nothingLost(0, 1);
      await set.delete([0], { force: true });
      const kept = join(set.volume(0), '..', 'kept');
      await mkdir(kept);
      await copyVolume(set.volume(0), kept);
      await set.start(0);
      await set.write(0, 5);
      await set.delete([0, 1], { force: true });
      // An old copy under a new claim, and a node that is down.
      set.deleteClaim(0);
      await mkdir(set.volume(0), { recursive: true });
      await copyVolume(kept, set.volume(0));
      await set.start(0);
      await set.line(0, /^wait: the volume is foreign/);
      set.request({ id: 'unread', member: 0 });
      await set.line(
        0,
        /restore unread: refused: the volume of etcd-1 holds generation 1-.* and no pod has reported/,
        {
          timeout: 120_000,
        },
      );
      await set.start(1);
      // The two are no quorum together: the newer one is the source.
      await set.line(1, /has no quorum/);
      set.request({ id: 'newest', member: 1 });
      await restored(set, 'newest', [0, 1]);
      await set.nothingLost(0, 1);
      expect(set.record?.data?.refused).toBe('unread');
    },
  );
});

describe.concurrent('a database without its write-ahead log', () => {
  scenario(
    'is not empty: it is kept until a quorum answers, and archived then',
    { replicas: 3 },
    async (set, expect) => {
      await set.up();
      await set.write(0, 5);
      // etcd writes its database when it is told to stop.
      await set.delete([1]);
      await set.delete([0, 2], { force: true });
      await rm(await logDirectory(set, 1), { recursive: true });
      const kept = await fingerprint(set.volume(1));
      await set.start(1);
      await set.waits(1, /a database without its write-ahead log/);
      expect(await fingerprint(set.volume(1))).toEqual(kept);
      await set.start(0, 2);
      await set.line(1, /^archive: .*a database without its write-ahead log/);
      await set.voters(all);
      await set.nothingLost(...all);
    },
  );

  scenario('founds nothing in its place', { replicas: 1 }, async (set, expect) => {
    await set.up();
    await set.write(0, 5);
    await set.delete([0]);
    await rm(await logDirectory(set, 0), { recursive: true });
    set.deleteRecord();
    set.annotate(0, undefined);
    const kept = await fingerprint(set.volume(0));
    await set.start(0);
    await set.waits(0, /a database without its write-ahead log/);
    expect(await fingerprint(set.volume(0))).toEqual(kept);
    expect(set.record).toBeUndefined();
  });
});

describe.concurrent('a write-ahead log that is short', () => {
  scenario('but whole starts: etcd shortens it when the volume is full', { replicas: 3 }, async set => {
    await set.up();
    await set.write(0, 61);
    await set.nothingLost(...all);
    await set.delete(all, { force: true });
    for (const ordinal of all) {
      const file = await newestLog(set, ordinal);
      const end = await endOfLog(file);
      await truncate(file, end % 512 === 0 ? end + 1024 : end);
    }
    await set.start(...all);
    await set.voters(all);
    await set.nothingLost(...all);
  });

  scenario(
    'and ends within a record, with no quorum: the way back is a restore of what is left',
    { replicas: 1 },
    async set => {
      await set.up();
      await set.write(0, 20);
      // What is cut: its place in the log goes with it.
      await set.member(0).put('last', 'of all');
      await set.delete([0], { force: true });
      const file = await newestLog(set, 0);
      await truncate(file, (await endOfLog(file)) - 20);
      await set.start(0);
      const line = await set.line(
        0,
        /^wait: .*lost its end.*its last record is incomplete.*create configmap etcd-restore/,
        { timeout: 120_000 },
      );
      await follow(set, line);
      await restored(set, /.+/, [0]);
      await set.nothingLost(0);
    },
  );
});

describe.concurrent('an outage', () => {
  scenario('whose volumes are intact never names a restore', { replicas: 3 }, async (set, expect) => {
    await set.up();
    await set.delete([1, 2], { force: true });
    set.pend(1, '0/3 nodes are available');
    await set.line(
      0,
      /has no quorum(?=.*etcd-1: pod Pending: 0\/3 nodes are available, its volume is intact)(?=.*etcd-2: no pod, its volume is intact).*the volumes of a quorum are intact/,
    );
    await set.looks(0, 3, 'keeper');
    expect(set.pod(0).lines.join('\n')).not.toContain('create configmap');
  });
});

describe.concurrent('leftovers', () => {
  scenario(
    'of an interrupted staging do not turn a volume into unidentified data',
    { replicas: 1 },
    async set => {
      await set.up();
      await set.write(0, 5);
      await set.delete([0], { force: true });
      await mkdir(join(set.volume(0), 'restore.new', 'member', 'wal'), { recursive: true });
      await writeFile(
        join(set.volume(0), 'restore.new', 'member', 'wal', '0000000000000000-0000000000000000.wal'),
        'x',
      );
      await set.start(0);
      await set.voters([0]);
      await set.nothingLost(0);
    },
  );

  scenario(
    'of leaving and joining again: only the newest archive is kept',
    { replicas: 2 },
    async (set, expect) => {
      await set.up();
      for (let round = 0; round < 3; round++) {
        await set.scale(1);
        await set.voters([0]);
        await set.scale(2);
        await set.voters([0, 1]);
      }
      const archives = await readdir(join(set.volume(1), 'archive'));
      expect(archives.filter(name => !name.startsWith('unstarted'))).toHaveLength(1);
    },
  );
});

describe.concurrent('a volume taken over by a newer pod of the same name', () => {
  scenario(
    'has one etcd: the older one is killed, whatever kind of volume it is',
    { replicas: 1 },
    async (set, expect) => {
      await set.up();
      await writeFile(join(set.volume(0), 'occupant'), 'another-uid\n');
      await set.line(0, /^stop: pod another-uid has this name now and took over/);
      await set.waitFor(
        async () =>
          !(await set
            .member(0)
            .isAlive()
            .catch(() => false)),
        { what: 'etcd has ended' },
      );
      expect(set.pod(0).lines.join('\n')).toContain('etcd is killed here');
    },
  );
});

describe.concurrent('the member list', () => {
  scenario(
    'with a member of someone else that has two peer URLs does not end a join',
    { replicas: 2 },
    async set => {
      await set.start(0);
      await set.formed();
      await set.member(0).addMember([`http://${set.address(7)}:2380`, `http://${set.address(8)}:2380`], true);
      await set.start(1);
      await set.waitFor(async () => (await set.listed(1, 0))?.learner === false, {
        what: 'etcd-1 is a voter',
        timeout: 120_000,
      });
    },
  );
});

describe.concurrent('a restart', () => {
  scenario(
    'does not wait for pods of a scale-out that are Pending',
    { replicas: 3, gracePeriodSeconds: 60 },
    async (set, expect) => {
      await set.up();
      set.setReplicas(5);
      set.pend(3, 'no node');
      set.pend(4, 'no node');
      const started = Date.now();
      await set.replace([1]);
      expect(Date.now() - started).toBeLessThan(20_000);
      await set.voters(all);
    },
  );
});

describe.concurrent('a refused restore without a record', () => {
  scenario('lets the members start as they were', { replicas: 3 }, async set => {
    await set.up();
    await set.write(0, 5);
    await set.delete(all, { force: true });
    set.deleteRecord();
    const { generation = '' } = await identity(set.volume(2));
    await rename(join(set.volume(2), generation), join(set.volume(2), 'default.etcd'));
    await rm(join(set.volume(2), 'identity'));
    await set.start(2);
    await set.line(2, /without an identity/);
    set.request({ id: 'hasty', member: 2 });
    await set.line(2, /restore hasty: refused/, { timeout: 120_000 });
    await set.start(0, 1);
    await set.waitFor(() => set.tryWrite(0).then(() => true), { what: 'etcd-0 and etcd-1 serve' });
  });
});

describe.concurrent('a member whose log lost its end', () => {
  scenario(
    'may have more in its database than a source that is behind: that is refused',
    { replicas: 3 },
    async (set, expect) => {
      await set.up();
      await set.write(0, 5);
      await set.delete([0], { force: true });
      await set.write(1, 50);
      // A clean stop: the database of etcd-1 holds everything.
      await set.delete([1]);
      await set.delete([2], { force: true });
      set.deleteClaim(2);
      const [behind, cut] = await Promise.all([0, 1].map(ordinal => newestLog(set, ordinal)));
      await truncate(cut ?? '', (await endOfLog(behind ?? '')) - 300);
      await set.start(0, 1, 2);
      await set.line(1, /lost its end/);
      await set.line(0, /has no quorum/);
      set.request({ id: 'behind', member: 0 });
      await set.waitFor(
        () => [set.record?.data?.restored, set.record?.data?.refused].some(ids => ids?.includes('behind')),
        { what: 'the restore ends', timeout: 120_000 },
      );
      if (set.record?.data?.restored?.includes('behind') === true) {
        await set.waitFor(() => set.tryWrite(0).then(() => true), {
          what: 'etcd-0 serves',
          timeout: 120_000,
        });
        await set.nothingLost(0);
      }
      expect(set.record?.data?.refused).toContain('behind');
    },
  );
});

describe.concurrent('alarms CORRUPT', () => {
  scenario(
    'of more than one member, or of none: the line advises to keep every volume',
    { replicas: 3, upkeepSeconds: 3, timeout: 420_000 },
    async (set, expect) => {
      const before = await set.up();
      await set.member(0).raiseCorrupt(before[1]?.id ?? '');
      await set.member(0).raiseCorrupt(before[2]?.id ?? '');
      await set.line(0, /^wait: the alarm CORRUPT/, { timeout: 120_000 });
      await set.looks(0, 3, 'keeper');
      const lines = set.pod(0).lines.filter(line => line.includes('alarm CORRUPT'));
      expect(lines.filter(line => line.includes('delete pvc'))).toEqual([]);
    },
  );

  scenario(
    'of member 0, which etcd raises when it cannot know who differs, advises to keep every volume',
    { replicas: 3, upkeepSeconds: 3, timeout: 420_000 },
    async (set, expect) => {
      await set.up();
      await set.member(0).raiseCorrupt('0');
      const line = await set.line(0, /^wait: the alarm CORRUPT/, { timeout: 120_000 });
      expect(line).toContain('keep every volume');
      expect(line).not.toMatch(/delete pvc|alarm disarm/);
    },
  );
});
