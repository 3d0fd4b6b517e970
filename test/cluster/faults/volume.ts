// Volumes that are lost, and volumes that come back as they were before.
import { expect } from 'vitest';
import type { Claim } from '../../../scripts/release/objects.ts';
import { withNodesCordoned, withOnlyNode } from '../support/cordon.ts';
import { clearDisk, fillDisk, mountDisk, setReadOnly, unmountDisk } from '../support/disk.ts';
import { etcdOf } from '../support/node.ts';
import {
  copyVolume,
  putBack,
  removeCopy,
  truncateLog,
  type VolumeDirectory,
  volumeOf,
  whileStopped,
} from '../support/volume-directory.ts';
import {
  expectNothingFormed,
  loseForGood,
  NOTHING_FORMED,
  survivorWithout,
  tearOutAndWait,
  wellKnown,
} from './lost-quorum.ts';
import { type Fault, type FaultScene, ids } from './scenario.ts';

const all = ['etcd-0', 'etcd-1', 'etcd-2'];

const claimOf = (at: FaultScene, pod: string): Promise<Claim> =>
  at.api.json<Claim>('GET', at.core(`persistentvolumeclaims/data-${pod}`));

/** Deletes pods together with their volumes, and waits until Kubernetes has made both anew. */
async function lose(at: FaultScene, ...pods: string[]): Promise<void> {
  const before = new Map<string, string>();
  for (const pod of pods) before.set(pod, (await claimOf(at, pod)).metadata.uid);
  at.healing();
  await at.kubectl('delete', 'persistentvolumeclaim', ...pods.map(pod => `data-${pod}`), '--wait=false');
  await at.deletePods(...pods);
  await at.until(`the claims of ${pods.join(', ')} are new ones`, async () => {
    const path = (pod: string) => at.core(`persistentvolumeclaims/data-${pod}`);
    const now = await Promise.all(pods.map(pod => at.api.find<Claim>(path(pod))));
    return now.every(
      (claim, index) => claim !== undefined && claim.metadata.uid !== before.get(pods[index] ?? ''),
    );
  });
}

/** Loses the volumes of members one after another, each healed before the next. */
function loss(name: string, pods: (at: FaultScene) => Promise<string[]>, more: Partial<Fault> = {}): Fault {
  return {
    name,
    class: 'volume',
    ...more,
    run: async at => {
      for (const pod of await pods(at)) {
        const before = await at.voters(3);
        await lose(at, pod);
        const changed = (await at.expectVoters(3)).filter(({ id }) => !ids(before).includes(id));
        expect(
          changed.map(({ name }) => name),
          'the member without its volume is a new one, and no other',
        ).toEqual([pod]);
      }
    },
  };
}

/** Keeps a member down, and its volume where it is, while `during` runs. */
async function whileDown<T>(at: FaultScene, pod: string, during: () => Promise<T>): Promise<T> {
  const { node } = await volumeOf(at, pod);
  return withNodesCordoned(at, [node], async () => {
    await tearOutAndWait(at, pod);
    return await during();
  });
}

const ARCHIVED = /archive: the volume held .* the volume is foreign/;

/**
 * Copies a member's volume and has the member lose the original; `during` gets what puts the copy into the place of
 * the new volume and starts its pod.
 */
async function withOldCopy(
  at: FaultScene,
  pod: string,
  during: (comeBack: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const old = await volumeOf(at, pod);
  const copy = await copyVolume(old);
  try {
    await withOnlyNode(at, old.node, async () => {
      await lose(at, pod);
      await at.expectVoters(3);
    });
    await during(async () => {
      const volume = await volumeOf(at, pod);
      await whileDown(at, pod, () => putBack(volume, copy));
    });
  } finally {
    await removeCopy(old, copy);
  }
}

/** Puts a member's volume on a small disk of its own and starts the member on it, once `prepare` has seen the disk. */
async function withDisk(
  at: FaultScene,
  pod: string,
  prepare: (disk: VolumeDirectory) => Promise<void>,
  during: (disk: VolumeDirectory) => Promise<void>,
): Promise<void> {
  const disk = await volumeOf(at, pod);
  try {
    await whileStopped(at, [pod], async () => {
      await mountDisk(disk);
      await prepare(disk);
    });
    await during(disk);
  } finally {
    await unmountDisk(disk);
  }
}

const NO_ROOM =
  /wait: \/var\/lib\/etcd has \d+ MiB left and etcd needs \d+ to start: .*delete pvc data-etcd-.*delete pod etcd-/;

/** A disk on which a member cannot start: it says so, the others go on, and so does it once the disk is well again. */
function troubledDisk(
  name: string,
  says: RegExp,
  breaks: (disk: VolumeDirectory) => Promise<void>,
  mends: (disk: VolumeDirectory) => Promise<void>,
): Fault {
  return {
    name,
    class: 'volume',
    run: async at => {
      const before = await at.voters(3);
      const pod = await at.follower();
      await withDisk(at, pod, breaks, async disk => {
        await at.expectLog(pod, says);
        const others = all.filter(other => other !== pod);
        const written = await at.workload.acknowledged();
        await at.until(`${others.join(', ')} write`, async () => {
          return (await at.workload.acknowledged()) > written + 50;
        });
        await expect(etcdOf(at, pod), 'it waits').rejects.toThrow(/runs no etcd/);
        at.healing();
        await mends(disk);
        expect(ids(await at.expectVoters(3)), 'it goes on as who it was').toEqual(ids(before));
      });
    },
  };
}

/** A range that every member answers from its own disk, if it answers at all. */
const ownRead = { path: '/v3/kv/range', body: { key: 'AA==', serializable: true } };

/**
 * One member is down while the others go on writing; then the others lose their volumes, and the one comes back with
 * what it had. Nobody may form anything in the meantime or afterwards, and nobody may serve.
 */
function wipedMajority(name: string, write: (at: FaultScene) => Promise<void>): Fault {
  return {
    name,
    class: 'volume',
    ends: 'without quorum',
    run: async at => {
      const lost = ['etcd-0', 'etcd-1'];
      const before = await wellKnown(at);
      await whileDown(at, 'etcd-2', async () => {
        await write(at);
        await loseForGood(at, ...lost);
        for (const pod of lost) await at.expectLog(pod, NOTHING_FORMED);
      });
      await at.expectLog('etcd-2', survivorWithout(...lost), 'keeper');
      await expectNothingFormed(at, lost, ['etcd-2'], before);
      for (const ordinal of [0, 1, 2]) {
        const question = { endpoints: [at.member(ordinal)], ...ownRead, timeout: 3000 };
        await expect(at.ask('call', question), `etcd-${ordinal} serves nothing`).rejects.toThrow();
      }
    },
  };
}

export const volumeFaults: readonly Fault[] = [
  loss('loss of one volume', async at => [await at.follower()], { representative: true }),
  loss('loss of two of three volumes, one after the other', async () => ['etcd-0', 'etcd-2']),
  {
    name: 'loss of one volume while another member is down',
    class: 'volume',
    run: async at => {
      const before = await wellKnown(at);
      await whileDown(at, 'etcd-1', async () => {
        await loseForGood(at, 'etcd-2');
        await at.expectLog('etcd-0', survivorWithout('etcd-1', 'etcd-2'), 'keeper');
        await expectNothingFormed(at, ['etcd-2'], ['etcd-0'], before);
      });
      at.healing();
      const after = await at.expectVoters(3);
      expect(ids(after).slice(0, 2), 'who has its volume is who it was').toEqual(
        ids(before.members).slice(0, 2),
      );
      expect(after[2]?.id, 'who lost it is a new member').not.toBe(before.members[2]?.id);
    },
  },
  {
    name: 'loss of two of three volumes together',
    class: 'volume',
    ends: 'without quorum',
    run: async at => {
      const lost = ['etcd-0', 'etcd-1'];
      const before = await wellKnown(at);
      const survivor = await etcdOf(at, 'etcd-2');
      await loseForGood(at, ...lost);
      await at.expectLog('etcd-2', survivorWithout(...lost), 'keeper');
      await expectNothingFormed(at, lost, ['etcd-2'], before);
      expect(await etcdOf(at, 'etcd-2'), 'the survivor is not restarted').toEqual(survivor);
      const read = await at.ask('call', { endpoints: [at.member(2)], ...ownRead });
      expect(read, 'it answers from its own disk').toHaveProperty('header.revision');
    },
  },
  wipedMajority('a wiped majority, the survivor returns late', at => at.workload.progress(2, 20)),
  wipedMajority('a wiped majority, the survivor returns after more than 5,000 writes', async at => {
    await at.ask('fill', { endpoints: at.endpoints(2), bytes: 6000 * 64, size: 64 }, 120_000);
  }),
  {
    name: 'loss of every volume',
    class: 'volume',
    run: async at => {
      const before = await wellKnown(at);
      await at.workload.declareTotalLoss();
      at.healing();
      await loseForGood(at, ...all);
      const after = await at.expectVoters(3);
      expect(
        ids(after).filter(id => ids(before.members).includes(id)),
        'nobody is who it was',
      ).toEqual([]);
      const { data } = await at.clusterRecord();
      expect(data?.generation, 'a new formation').not.toBe(before.record.data?.generation);
    },
  },
  {
    name: 'a write-ahead log that lost its end',
    class: 'volume',
    run: async at => {
      const before = await at.voters(3);
      const pod = await at.follower();
      let log = '';
      await whileStopped(at, [pod], async ([volume]) => {
        if (volume !== undefined) log = await truncateLog(volume, 4_001);
      });
      const command = `kubectl -n ${at.namespace} delete pvc data-${pod} --wait=false && kubectl -n ${at.namespace} delete pod ${pod}`;
      await at.until(`${pod} names the log that was cut, and the command`, async () => {
        const said = await at.log(pod, 'etcd');
        return said.includes(`${log.split('/').at(-1)} lost its end`) && said.includes(command);
      });
      await at.workload.progress(2, 20);
      await expect(etcdOf(at, pod), 'it is never started').rejects.toThrow(/runs no etcd/);
      // The command in the line.
      await lose(at, pod);
      const changed = (await at.expectVoters(3)).filter(({ id }) => !ids(before).includes(id));
      expect(changed.map(({ name }) => name)).toEqual([pod]);
    },
  },
  troubledDisk(
    'a read-only volume',
    /wait: \/var\/lib\/etcd cannot be written to: .*delete pvc data-etcd-.*delete pod etcd-/,
    disk => setReadOnly(disk, true),
    disk => setReadOnly(disk, false),
  ),
  troubledDisk('a full volume', NO_ROOM, fillDisk, clearDisk),
  {
    name: 'a volume that fills up under its member',
    class: 'volume',
    run: async at => {
      const pod = await at.follower();
      const nothing = async (): Promise<void> => {};
      await withDisk(at, pod, nothing, async disk => {
        const before = await at.voters(3);
        const others = all.filter(other => other !== pod).map(other => at.member(Number(other.slice(-1))));
        await fillDisk(disk);
        await at.ask('fill', { endpoints: others, bytes: 32 * 2 ** 20 }, 120_000);
        await at.expectLog(pod, NO_ROOM);
        // The command in the line.
        await lose(at, pod);
        const changed = (await at.expectVoters(3)).filter(({ id }) => !ids(before).includes(id));
        expect(changed.map(({ name }) => name)).toEqual([pod]);
      });
    },
  },
  {
    name: 'an old copy of a volume under a new claim',
    class: 'volume',
    run: async at => {
      const before = await at.voters(3);
      const pod = await at.follower();
      await withOldCopy(at, pod, async comeBack => {
        at.healing();
        await comeBack();
        await at.expectLog(pod, ARCHIVED);
        const after = await at.expectVoters(3);
        expect(ids(after), 'the copied member does not come back').not.toEqual(ids(before));
      });
    },
  },
  {
    name: 'an old copy of a volume under a new claim, and no quorum',
    class: 'volume',
    run: async at => {
      await withOldCopy(at, 'etcd-2', async comeBack => {
        const before = await at.voters(3);
        await whileDown(at, 'etcd-1', async () => {
          await comeBack();
          await at.expectLog(
            'etcd-2',
            /wait: the volume is foreign: .* it is archived when a quorum of cluster [0-9a-f]{16} answers/,
          );
          await expect(etcdOf(at, 'etcd-2'), 'a copy is never started').rejects.toThrow(/runs no etcd/);
        });
        at.healing();
        await at.expectLog('etcd-2', ARCHIVED);
        const after = await at.expectVoters(3);
        expect(ids(after).slice(0, 2)).toEqual(ids(before).slice(0, 2));
        expect(ids(after)[2], 'the copied member does not come back').not.toBe(ids(before)[2]);
      });
    },
  },
];
