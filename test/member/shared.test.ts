import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe } from 'vitest';
import { founderIds } from './support/gateway.ts';
import { scenario } from './support/scenario.ts';
import type { EtcdSet } from './support/set.ts';
import { copyVolume, files, fingerprint, identity } from './support/volume.ts';

// One volume for all members, mounted whole, with a directory for each by the name of its pod: directories are to the
// protocol what claims are elsewhere, and what lies in them is seen by everybody.

const generation = '1-00000000-0000-4000-8000-000000000000';

/** The volume itself. */
function root(set: EtcdSet): string {
  return dirname(set.volume(0));
}

/** A set of one formed member with some data, none of whose pods run. */
async function sleepingFounder(set: EtcdSet): Promise<void> {
  await set.start(0);
  await set.formed();
  await set.write(0, 5);
  await set.delete([0], { force: true });
}

describe.concurrent('an installation', () => {
  scenario(
    'founds and joins in directories of their own; the record is owned by the one claim, once; scaling follows',
    { replicas: 3, shared: true },
    async (set, expect) => {
      await set.up();
      await set.write(0, 5);
      const claim = set.claim(0)?.metadata;
      expect(set.record?.metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([claim?.uid]);
      expect(set.record?.data?.founder).toBe(`${claim?.uid}/etcd-0`);
      for (const ordinal of [0, 1, 2]) {
        expect(set.annotation(ordinal)).toBe(set.record?.data?.generation);
        expect((await identity(set.volume(ordinal))).owner).toBe(
          `here/etcd/etcd-${ordinal}/${claim?.uid ?? ''}`,
        );
      }
      expect(claim?.annotations).toBeUndefined();
      await set.scale(1);
      await set.voters([0]);
      await set.scale(2);
      await set.line(1, /^archive: .*does not list/);
      await set.voters([0, 1]);
      await set.nothingLost(0, 1);
    },
  );
});

describe.concurrent('etcd-0 with an empty directory and no record founds nothing', () => {
  for (const [title, place, put] of [
    [
      'beside a directory that says it holds data',
      'etcd-2',
      async (set: EtcdSet) => set.annotate(2, generation),
    ],
    [
      'beside data that says nothing of itself',
      'etcd-1',
      async (set: EtcdSet) => {
        const { generation: found = '' } = await identity(set.volume(0));
        await mkdir(set.volume(1), { recursive: true });
        await cp(join(set.volume(0), found), join(set.volume(1), found), { recursive: true });
      },
    ],
    [
      'beside data in the root, such as another installation leaves',
      'volumes',
      async (set: EtcdSet) => {
        const { generation: found = '' } = await identity(set.volume(0));
        await cp(join(set.volume(0), found, 'member'), join(root(set), 'member'), { recursive: true });
      },
    ],
  ] as const)
    scenario(title, { replicas: 3, shared: true }, async (set, expect) => {
      await sleepingFounder(set);
      await put(set);
      set.deleteClaim(0);
      set.deleteRecord();
      await set.start(0);
      await set.waits(0, new RegExp(`${place}\\S* [01]-\\S+ shows.*nothing is bootstrapped`));
      expect(set.record).toBeUndefined();
      expect(await files(set.volume(0))).toEqual([]);
    });

  scenario(
    'when data comes to lie there while it creates the record: it takes the record back',
    { replicas: 2, shared: true },
    async (set, expect) => {
      set.api.before(({ verb, plural }) => {
        if (verb === 'create' && plural === 'configmaps') set.annotate(1, generation);
        return Promise.resolve(undefined);
      });
      await set.start(0);
      await set.line(0, /^found: .*deleting the record again/);
      await set.waits(0, /etcd-1 1-/);
      expect(set.record).toBeUndefined();
      expect(await files(set.volume(0))).toEqual([]);
    },
  );
});

describe.concurrent('a record that says forming', () => {
  const forming = (set: EtcdSet): Record<string, string> => {
    const founder = `${set.ensureClaim(0).metadata.uid}/etcd-0`;
    const { clusterId } = founderIds(set.peerUrl(0), generation);
    return { phase: 'forming', generation, founder, clusterId, etcdVersion: '3.7' };
  };

  scenario(
    "is etcd-0's to go on with, and nobody else's, though all have one claim",
    { replicas: 2, shared: true },
    async (set, expect) => {
      set.createRecord(forming(set), [0]);
      await set.start(1);
      await set.waits(1, /is bootstrapping/);
      expect(await files(set.volume(1))).toEqual([]);
      await set.start(0);
      await set.line(0, /^found: the record shows that this pod was bootstrapping/);
      await set.voters([0, 1]);
      expect(set.record?.data?.generation).toBe(generation);
    },
  );
});

describe.concurrent('a directory', () => {
  scenario(
    'that was moved away by the command of the line is made anew by its member, the founder too',
    { replicas: 3, shared: true },
    async (set, expect) => {
      const before = await set.up();
      await set.write(0, 5);
      for (const ordinal of [1, 0]) {
        await set.delete([ordinal], { force: true });
        await rename(set.volume(ordinal), `${set.volume(ordinal)}.aside`);
        await set.start(ordinal);
        await set.line(ordinal, /^join: volume is empty but .* removing that member/);
        await set.voters([0, 1, 2]);
      }
      const after = await set.members(0);
      expect(after.map(({ id }) => before.some(member => member.id === id))).toEqual([false, false, true]);
      await set.nothingLost(0, 1, 2);
    },
  );

  scenario(
    'that is a copy of another one is put aside with a quorum, and never started without one',
    { replicas: 2, shared: true },
    async (set, expect) => {
      await sleepingFounder(set);
      await mkdir(set.volume(1), { recursive: true });
      await copyVolume(set.volume(0), set.volume(1));
      const copied = await fingerprint(set.volume(1));
      await set.start(1);
      await set.waits(1, /it belongs to here\/etcd\/etcd-0\//);
      expect(await fingerprint(set.volume(1))).toEqual(copied);
      await set.start(0);
      await set.line(1, /^archive: .*belongs to here\/etcd\/etcd-0\//);
      await set.voters([0, 1]);
      await set.nothingLost(0, 1);
    },
  );

  scenario(
    'that another pod of the name has taken over loses its etcd within seconds, and is not started again',
    { replicas: 2, shared: true },
    async (set, expect) => {
      await set.up();
      const pod = set.pod(1);
      expect(readFileSync(join(pod.volume, 'occupant'), 'utf8').trim()).toBe(pod.uid);
      const end = set.api.fail({ kind: 'reset' }, ({ client }) => client.startsWith('etcd-1.'));
      const starts = pod.etcd.starts;
      await writeFile(join(pod.volume, 'occupant'), 'another-pod\n');
      await set.line(1, /^stop: pod another-pod has this name now/);
      // Cut off from the API server it starts nothing, although its volume was verified before.
      await set.waitFor(() => pod.etcd.starts > starts, { what: 'the container starts again' });
      await set.line(1, /^wait: the API server does not answer .*a pod's first start needs it/);
      await expect(set.member(1).isAlive()).rejects.toThrow();
      end();
      await set.voters([0, 1]);
      await set.nothingLost(0, 1);
    },
  );
});

describe.concurrent('a whole volume under a new claim', () => {
  scenario(
    'is a copy to every member: nothing starts, and a named restore serves it again',
    { replicas: 2, shared: true },
    async (set, expect) => {
      await set.up();
      await set.write(0, 5);
      // What was acknowledged last is known as decided once something follows it.
      await set.voters([0, 1]);
      await set.delete([0, 1], { force: true });
      const kept = `${root(set)}.kept`;
      await rename(root(set), kept);
      set.api.store.delete('persistentvolumeclaims', 'data-etcd');
      expect(set.record).toBeUndefined();
      await rm(root(set), { recursive: true, force: true });
      await rename(kept, root(set));
      await set.start(0, 1);
      await Promise.all([0, 1].map(ordinal => set.waits(ordinal, /the volume is foreign/)));
      expect(set.record).toBeUndefined();
      set.request({ id: 'moved', member: 0 });
      await set.line(0, /^restore moved: no etcd of the set runs/);
      await set.voters([0, 1]);
      expect(set.record?.data?.generation).toMatch(/^2-/);
      expect(existsSync(join(set.volume(1), 'archive'))).toBe(true);
      await set.nothingLost(0, 1);
    },
  );
});
