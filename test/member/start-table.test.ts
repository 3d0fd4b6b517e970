import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe } from 'vitest';
import { founderIds } from './support/gateway.ts';
import { scenario } from './support/scenario.ts';
import type { EtcdSet } from './support/set.ts';
import { copyVolume, files, fingerprint, identity } from './support/volume.ts';

// Every row of the start table of the design, with real etcd data where the row says data.

const newer = '2-00000000-0000-4000-8000-000000000000';

/** A set of one formed member with some data, none of whose pods run. */
async function sleepingFounder(set: EtcdSet): Promise<void> {
  await set.start(0);
  await set.formed();
  await set.write(0, 5);
  // Where more replicas are wanted a deletion in peace waits for them.
  await set.delete([0], { force: true });
}

/** Returns the archive directories of an ordinal's volume. */
async function archives(set: EtcdSet, ordinal: number): Promise<string[]> {
  return readdir(join(set.volume(ordinal), 'archive')).catch(() => []);
}

describe.concurrent('row 1: the record says stopping', () => {
  scenario(
    'a pod with data and a pod without sign, wait, and start nothing',
    { replicas: 2 },
    async (set, expect) => {
      await sleepingFounder(set);
      set.request({ id: 'one', member: 5 });
      set.setRecord({ phase: 'stopping', restoreId: 'one', restoreSource: '5' });
      const before = await fingerprint(set.volume(0));
      await set.start(0, 1);
      await Promise.all([0, 1].map(ordinal => set.waits(ordinal, /then etcd-5 restores/)));
      expect(set.record?.data?.['signed-0']).toMatch(
        new RegExp(`^one ${set.pod(0).uid} own ${set.record?.data?.generation} \\d+ \\d+$`),
      );
      expect(set.record?.data?.['signed-1']).toBe(`one ${set.pod(1).uid} empty - 0 0`);
      expect(await fingerprint(set.volume(0))).toEqual(before);
      expect(await files(set.volume(1))).toEqual([]);
      // What nobody asks for any more holds nobody up.
      set.withdraw();
      await set.voters([0, 1]);
      expect(set.record?.data).not.toHaveProperty('signed-0');
      await set.nothingLost(0, 1);
    },
  );
});

describe.concurrent('row 2: the record says restoring', () => {
  scenario(
    'a pod with data and a pod without wait and start nothing',
    { replicas: 2 },
    async (set, expect) => {
      await sleepingFounder(set);
      set.setRecord({ phase: 'restoring', restoreId: 'one', restoreSource: '5', next: newer });
      const before = await fingerprint(set.volume(0));
      await set.start(0, 1);
      await Promise.all([0, 1].map(ordinal => set.waits(ordinal, /etcd-5 makes generation 2-/)));
      expect(await fingerprint(set.volume(0))).toEqual(before);
      expect(await files(set.volume(1))).toEqual([]);
    },
  );
});

describe.concurrent('row 3: data without identity', () => {
  scenario('is never started, whatever the record says', { replicas: 1 }, async (set, expect) => {
    await sleepingFounder(set);
    await rm(join(set.volume(0), 'identity'));
    const before = await fingerprint(set.volume(0));
    await set.start(0);
    await set.waits(0, /without an identity/);
    set.deleteRecord();
    await set.looks(0, 2);
    expect(set.pod(0).hasStartedEtcd).toBe(false);
    expect(set.record).toBeUndefined();
    expect(await fingerprint(set.volume(0))).toEqual(before);
  });

  scenario(
    'nor is data in the root of the volume, such as another chart leaves',
    { replicas: 1 },
    async (set, expect) => {
      await sleepingFounder(set);
      const volume = set.volume(0);
      const { generation = '' } = await identity(volume);
      await rename(join(volume, generation, 'member'), join(volume, 'member'));
      await rm(join(volume, 'identity'));
      const before = await fingerprint(volume);
      set.deleteRecord();
      set.annotate(0, undefined);
      await set.start(0);
      await set.waits(0, /without an identity/);
      expect(set.record).toBeUndefined();
      expect(set.annotation(0)).toBe('0-unknown');
      expect(await fingerprint(volume)).toEqual(before);
    },
  );
});

describe.concurrent('row 4: a copy, with a quorum', () => {
  scenario(
    "etcd-0's volume in etcd-1's claim is put aside, and etcd-1 joins",
    { replicas: 2 },
    async (set, expect) => {
      await sleepingFounder(set);
      await copyVolume(set.volume(0), set.volume(1));
      set.annotate(1, '1-00000000-0000-4000-8000-000000000000');
      await set.start(0, 1);
      await set.line(1, /^archive: .*belongs to here\/etcd\/etcd-0\//);
      const members = await set.voters([0, 1]);
      const [archive = ''] = await archives(set, 1);
      const kept = await files(join(set.volume(1), 'archive', archive));
      expect(kept.some(path => path.endsWith('.wal'))).toBe(true);
      expect(kept).toContain('identity');
      expect((await identity(set.volume(1))).memberId).toBe(members[1]?.id);
      expect(set.annotation(1)).toBe(set.record?.data?.generation);
      await set.nothingLost(0, 1);
    },
  );
});

describe.concurrent('row 5: a copy, without a quorum', () => {
  scenario("etcd-0's volume in etcd-1's claim is never started", { replicas: 2 }, async (set, expect) => {
    await sleepingFounder(set);
    await copyVolume(set.volume(0), set.volume(1));
    const before = await fingerprint(set.volume(1));
    await set.start(1);
    await set.waits(1, /foreign/);
    expect(await fingerprint(set.volume(1))).toEqual(before);
  });

  scenario(
    'nor is a volume that was put into a new claim of its own pod',
    { replicas: 1 },
    async (set, expect) => {
      await sleepingFounder(set);
      const kept = join(set.volume(0), '..', 'kept');
      await mkdir(kept);
      await copyVolume(set.volume(0), kept);
      set.deleteClaim(0);
      await mkdir(set.volume(0), { recursive: true });
      await copyVolume(kept, set.volume(0));
      const before = await fingerprint(set.volume(0));
      await set.start(0);
      await set.waits(0, /foreign/);
      expect(set.record).toBeUndefined();
      expect(await fingerprint(set.volume(0))).toEqual(before);
    },
  );
});

describe.concurrent('row 6: data of the generation, and a quorum that does not list its member', () => {
  async function removedMember(set: EtcdSet): Promise<string> {
    await set.up();
    await set.write(0, 5);
    const { memberId = '' } = await identity(set.volume(1));
    await set.scale(1);
    await set.voters([0]);
    await set.write(0, 5);
    set.setReplicas(2);
    return memberId;
  }

  scenario('record says so: put aside, joined anew', { replicas: 2 }, async (set, expect) => {
    const removed = await removedMember(set);
    await set.start(1);
    await set.line(1, /^archive: .*does not list/);
    const members = await set.voters([0, 1]);
    expect(members[1]?.id).not.toBe(removed);
    expect(await archives(set, 1)).toHaveLength(1);
    await set.nothingLost(0, 1);
  });

  scenario('record absent: put aside all the same', { replicas: 2 }, async (set, expect) => {
    const removed = await removedMember(set);
    const end = set.api.fail({ kind: 'status', code: 500 }, ({ verb }) => verb === 'create');
    set.deleteRecord();
    await set.start(1);
    await set.line(1, /^archive: .*does not list/);
    await set.waits(1, /no cluster yet/);
    end();
    const members = await set.voters([0, 1]);
    expect(members[1]?.id).not.toBe(removed);
    await set.nothingLost(0, 1);
  });
});

describe.concurrent('row 7: data of the generation that the record says', () => {
  scenario('starts as it is, the only member', { replicas: 1 }, async (set, expect) => {
    await sleepingFounder(set);
    const { memberId } = await identity(set.volume(0));
    await set.start(0);
    await set.line(0, /^start: the volume holds member/);
    const members = await set.voters([0]);
    expect(members.map(({ id }) => id)).toEqual([memberId]);
    await set.nothingLost(0);
  });

  scenario(
    'starts as it is, one of three, and without a quorum too',
    { replicas: 3 },
    async (set, expect) => {
      const before = await set.up();
      await set.write(0, 5);
      await set.delete([0, 1, 2], { force: true });
      for (const ordinal of [2, 0, 1]) {
        await set.start(ordinal);
        await set.line(ordinal, /^start: the volume holds member/);
      }
      expect(await set.voters([0, 1, 2])).toEqual(before);
      await set.nothingLost(0, 1, 2);
    },
  );
});

describe.concurrent('row 8: the record says a higher number, formed', () => {
  scenario(
    'the old data is put aside, and the pod joins the new generation',
    { replicas: 2 },
    async (set, expect) => {
      await set.up();
      const old = await identity(set.volume(1));
      await set.delete([0, 1], { force: true });
      // Generation 2, founded on etcd-0's emptied volume: the state that a finished restore leaves.
      await rm(set.volume(0), { recursive: true });
      set.annotate(0, undefined);
      set.annotate(1, undefined);
      const { clusterId } = founderIds(set.peerUrl(0), newer);
      set.setRecord({ generation: newer, clusterId, phase: 'forming' });
      await set.start(0);
      await set.formed();
      set.annotate(1, old.generation);
      await set.write(0, 5);
      await set.start(1);
      await set.line(1, /^archive: .*the record is of generation 2-/);
      await set.voters([0, 1]);
      const now = await identity(set.volume(1));
      expect(now.generation).toBe(newer);
      expect(now.clusterId).not.toBe(old.clusterId);
      expect(set.annotation(1)).toBe(newer);
      const [archive = ''] = await archives(set, 1);
      expect((await identity(join(set.volume(1), 'archive', archive))).generation).toBe(old.generation);
      await set.nothingLost(0, 1);
    },
  );

  scenario(
    'while that is still forming the pod waits and keeps its data',
    { replicas: 2 },
    async (set, expect) => {
      await set.up();
      await set.delete([0, 1], { force: true });
      set.setRecord({ generation: newer, phase: 'forming' });
      const before = await fingerprint(set.volume(1));
      await set.start(1);
      await set.waits(1, /newer than/);
      expect(await fingerprint(set.volume(1))).toEqual(before);
    },
  );
});

describe.concurrent('row 9: the record says a lower number, or the same with another id', () => {
  for (const [title, generation] of [
    ['a lower number', '0-00000000-0000-4000-8000-000000000000'],
    ['the same number with another id', '1-00000000-0000-4000-8000-000000000000'],
  ] as const) {
    scenario(`${title}: the pod waits and says why`, { replicas: 1 }, async (set, expect) => {
      await sleepingFounder(set);
      const truth = set.record?.data?.generation ?? '';
      set.setRecord({ generation });
      const before = await fingerprint(set.volume(0));
      await set.start(0);
      await set.waits(0, /old record was put back/);
      expect(await fingerprint(set.volume(0))).toEqual(before);
      set.setRecord({ generation: truth });
      await set.voters([0]);
      await set.nothingLost(0);
    });
  }
});

describe.concurrent('row 10: the record is absent, and no volume bears a newer generation', () => {
  scenario(
    'starts as it is, and the keeper writes the record again',
    { replicas: 1 },
    async (set, expect) => {
      await sleepingFounder(set);
      const before = set.record;
      set.deleteRecord();
      await set.start(0);
      await set.line(0, /^start: the volume holds member/);
      await set.voters([0]);
      await set.formed();
      expect(set.record?.data).toMatchObject({
        generation: before?.data?.generation,
        clusterId: before?.data?.clusterId,
      });
      expect(set.record?.metadata.ownerReferences).toEqual(before?.metadata.ownerReferences);
      await set.nothingLost(0);
    },
  );
});

describe.concurrent('row 11: the record is absent, and another volume bears a newer or another generation', () => {
  for (const [title, generation] of [
    ['newer', newer],
    ['the same number with another id', '1-00000000-0000-4000-8000-000000000000'],
  ] as const) {
    scenario(`${title}: the pod waits until that is settled`, { replicas: 2 }, async (set, expect) => {
      await sleepingFounder(set);
      set.deleteRecord();
      set.annotate(1, generation);
      const before = await fingerprint(set.volume(0));
      await set.start(0);
      await set.waits(0, /newer generation/);
      expect(await fingerprint(set.volume(0))).toEqual(before);
      expect(set.record).toBeUndefined();
      set.annotate(1, undefined);
      await set.line(0, /^start: the volume holds member/);
      await set.formed();
      await set.nothingLost(0);
    });
  }
});

describe.concurrent('row 12: empty, and the ordinal is beyond replicas', () => {
  scenario('does not join a formed cluster', { replicas: 1 }, async (set, expect) => {
    await set.start(0);
    await set.formed();
    await set.start(1);
    await set.waits(1, /wants 1 replicas/);
    expect(await set.members(0)).toHaveLength(1);
    expect(set.annotation(1)).toBeUndefined();
  });

  scenario('etcd-0 founds nothing at 0 replicas', { replicas: 0 }, async (set, expect) => {
    await set.start(0);
    await set.waits(0, /wants 0 replicas/);
    expect(set.record).toBeUndefined();
  });
});

describe.concurrent('row 13: empty, no record, ordinal 0, nothing anywhere', () => {
  scenario(
    'founds: record, annotation and identity tell the IDs that etcd has',
    { replicas: 3 },
    async (set, expect) => {
      await set.start(0);
      await set.formed();
      const claim = set.claim(0);
      const generation = set.record?.data?.generation ?? '';
      expect(generation).toMatch(/^1-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(set.annotation(0)).toBe(generation);
      const { memberId } = await set.member(0).status();
      const clusterId = await set.member(0).clusterId();
      expect({ memberId, clusterId }).toEqual(founderIds(set.peerUrl(0), generation));
      expect(set.record?.data).toMatchObject({ founder: claim?.metadata.uid, clusterId, phase: 'formed' });
      expect(set.record?.metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([claim?.metadata.uid]);
      expect(await identity(set.volume(0))).toMatchObject({
        generation,
        clusterId,
        memberId,
        owner: `here/etcd/etcd-0/${claim?.metadata.uid}`,
      });
    },
  );
});

describe.concurrent('row 14: empty, no record, otherwise', () => {
  scenario('an ordinal that is not 0 waits for the record', { replicas: 3 }, async (set, expect) => {
    await set.start(2);
    await set.waits(2, /etcd-0 bootstraps it/);
    expect(set.record).toBeUndefined();
    expect(await files(set.volume(2))).toEqual([]);
  });

  scenario(
    'ordinal 0 founds nothing while another volume bears a generation',
    { replicas: 3 },
    async (set, expect) => {
      set.annotate(2, newer);
      await set.start(0);
      await set.waits(0, /data-etcd-2/);
      expect(set.record).toBeUndefined();
      expect(await files(set.volume(0))).toEqual([]);
    },
  );

  scenario(
    'ordinal 0 founds nothing beside data on claims that were made anew over it',
    { replicas: 3 },
    async (set, expect) => {
      await sleepingFounder(set);
      const generation = set.record?.data?.generation;
      await copyVolume(set.volume(0), set.volume(1));
      await copyVolume(set.volume(0), set.volume(2));
      await rm(join(set.volume(2), 'identity'));
      set.deleteClaim(0);
      expect(set.record).toBeUndefined();
      await set.start(1, 2);
      await Promise.all([set.waits(1, /is foreign/), set.waits(2, /without an identity/)]);
      expect([1, 2].map(ordinal => set.annotation(ordinal))).toEqual([generation, generation]);
      await set.start(0);
      await set.waits(0, /data-etcd-1 1-[-0-9a-f]+, data-etcd-2 1-.*nothing is bootstrapped/);
      expect(set.record).toBeUndefined();
      expect(await files(set.volume(0))).toEqual([]);
    },
  );

  scenario('ordinal 0 founds nothing while another member answers', { replicas: 2 }, async (set, expect) => {
    await set.up();
    await set.delete([0, 1], { force: true });
    set.deleteClaim(0);
    set.deleteRecord();
    await set.start(1);
    await set.waitFor(() => set.member(1).isAlive(), { what: 'etcd-1 answers, without a quorum' });
    set.annotate(1, undefined);
    await set.start(0);
    await set.waits(0, /nothing is bootstrapped/);
    expect(set.record).toBeUndefined();
    expect(await files(set.volume(0))).toEqual([]);
  });
});

describe.concurrent('row 15: empty, forming, and the recorded claim is mine', () => {
  scenario('founds again, the same generation', { replicas: 1 }, async (set, expect) => {
    const generation = '1-00000000-0000-4000-8000-000000000000';
    const founder = set.ensureClaim(0).metadata.uid;
    set.createRecord({ phase: 'forming', generation, founder, clusterId: '', etcdVersion: '3.7' }, [0]);
    await set.start(0);
    await set.line(0, /^found: the record shows that this pod was bootstrapping/);
    await set.voters([0]);
    await set.formed();
    expect(set.record?.data?.generation).toBe(generation);
    expect(await identity(set.volume(0))).toMatchObject({ generation });
  });

  scenario(
    'but not while another volume bears a generation: the record is taken back',
    { replicas: 2 },
    async (set, expect) => {
      const founder = set.ensureClaim(0).metadata.uid;
      set.createRecord(
        { phase: 'forming', generation: newer, founder, clusterId: '', etcdVersion: '3.7' },
        [0],
      );
      set.annotate(1, '1-00000000-0000-4000-8000-000000000000');
      await set.start(0);
      await set.line(0, /^found: .*deleting the record again/);
      await set.waits(0, /data-etcd-1/);
      expect(set.record).toBeUndefined();
      expect(await files(set.volume(0))).toEqual([]);
    },
  );
});

describe.concurrent('row 16: empty, forming, otherwise', () => {
  scenario(
    'a joiner waits, and so does an ordinal 0 that the record does not name',
    { replicas: 2 },
    async (set, expect) => {
      const founder = 'another claim, which is gone';
      set.createRecord(
        { phase: 'forming', generation: newer, founder, clusterId: '', etcdVersion: '3.7' },
        [0, 1],
      );
      await set.start(0, 1);
      await Promise.all([set.waits(0, /was bootstrapping generation/), set.waits(1, /is bootstrapping/)]);
      expect(await files(set.volume(0))).toEqual([]);
      expect(await files(set.volume(1))).toEqual([]);
      expect(set.record?.data?.phase).toBe('forming');
    },
  );
});

describe.concurrent('row 17: empty, formed, with a quorum', () => {
  scenario('not listed: added as learner and promoted', { replicas: 2 }, async (set, expect) => {
    await set.start(0);
    await set.formed();
    // Once it is listed, and before it could hold anything: a record must go with the last data, and not before.
    const marked: string[] = [];
    set.api.before(async ({ client, verb, plural }) => {
      if (client === 'etcd-1.etcd' && verb === 'patch') {
        const listed = (await set.listed(1, 0)) === undefined ? 'not listed' : 'listed';
        marked.push(`${plural}: ${listed}, ${set.holdsData(1) ? 'data' : 'empty'}`);
      }
      return undefined;
    });
    await set.start(1);
    await set.line(1, /^join: .*adding it as learner/);
    const members = await set.voters([0, 1]);
    await set.line(1, /^promote: /);
    expect(marked).toEqual(['configmaps: listed, empty', 'persistentvolumeclaims: listed, empty']);
    const { memberId, generation } = await identity(set.volume(1));
    expect(memberId).toBe(members[1]?.id);
    expect(set.annotation(1)).toBe(generation);
    expect(set.record?.metadata.ownerReferences?.map(({ name }) => name).sort()).toEqual([
      'data-etcd-0',
      'data-etcd-1',
    ]);
  });

  scenario(
    'listed with an ID that this volume did not add: removed, then added',
    { replicas: 2 },
    async (set, expect) => {
      await set.start(0);
      await set.formed();
      const foreign = await set.member(0).addMember(set.peerUrl(1), true);
      await set.start(1);
      await set.line(1, new RegExp(`^join: .*listed as unstarted \\(${foreign}\\): removing`));
      const members = await set.voters([0, 1]);
      expect(members.map(({ id }) => id)).not.toContain(foreign);
    },
  );

  scenario(
    'listed with the ID in its joining file: the entry is used',
    { replicas: 2 },
    async (set, expect) => {
      await set.start(0);
      await set.formed();
      // A taken port lets the join go as far as the identity, and etcd not as far as a log.
      const taken = createServer(socket => socket.destroy());
      await new Promise<void>((resolve, reject) => {
        taken.once('error', reject);
        taken.listen({ host: set.address(1), port: 2380 }, resolve);
      });
      await set.start(1);
      await set.line(1, /^join: etcd stopped .* before it wrote a log/);
      const added = await set.listed(1, 0);
      await set.delete([1], { force: true });
      await new Promise(resolve => taken.close(resolve));
      await set.start(1);
      await set.line(
        1,
        new RegExp(`^join: .*already listed as the learner this pod added \\(${added?.id}\\)`),
      );
      const members = await set.voters([0, 1]);
      expect(members[1]?.id).toBe(added?.id);
    },
  );
});

describe.concurrent('row 18: empty, formed, without a quorum', () => {
  scenario('a quorum of another cluster is none', { replicas: 2 }, async (set, expect) => {
    await set.start(0);
    await set.formed();
    set.setRecord({ clusterId: '00000000000000ff' });
    await set.start(1);
    await set.waits(1, /no quorum of cluster 00000000000000ff/);
    expect(await set.members(0)).toHaveLength(1);
    expect(await files(set.volume(1))).toEqual([]);
  });

  scenario(
    'waits, forms nothing, and joins when the quorum is back',
    { replicas: 3 },
    async (set, expect) => {
      const before = await set.up();
      await set.write(0, 5);
      await set.delete([0, 1, 2], { force: true });
      set.deleteClaim(0);
      const { data } = set.record ?? {};
      await set.start(0, 1);
      await set.waits(0, /no quorum/);
      expect(await files(set.volume(0))).toEqual([]);
      expect(set.record?.data).toEqual(data);
      await set.start(2);
      const members = await set.voters([0, 1, 2]);
      expect(members.slice(1)).toEqual(before.slice(1));
      expect(members[0]?.id).not.toBe(before[0]?.id);
      await set.nothingLost(0, 1, 2);
    },
  );
});

describe.concurrent('before the table', () => {
  scenario(
    'a volume that another process holds is left alone until it lets go',
    { replicas: 1 },
    async (set, expect) => {
      await sleepingFounder(set);
      const before = await fingerprint(set.volume(0));
      const holder = execa('flock', [join(set.volume(0), 'lock'), 'cat'], { stdin: 'pipe', reject: false });
      await set.start(0);
      await set.line(0, /^wait: .*is held by another process \(/);
      expect(await fingerprint(set.volume(0))).toEqual(before);
      holder.stdin.end();
      await set.voters([0]);
      await set.nothingLost(0);
    },
  );

  scenario(
    'a second etcd cannot start beside the first on the same volume',
    { replicas: 1 },
    async (set, expect) => {
      await set.up();
      const held = await execa('flock', ['-n', join(set.volume(0), 'lock'), 'true'], { reject: false });
      expect(held.exitCode).toBe(1);
    },
  );
});
