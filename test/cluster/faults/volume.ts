// Volumes that are lost, and volumes that come back as they were before.
import { expect } from 'vitest';
import type { Claim, List, Metadata } from '../../../scripts/release/objects.ts';
import { copyVolume, putBack, removeCopy, volumeOf, whileStopped } from '../support/volume-directory.ts';
import { type Fault, type FaultScene, ids } from './scenario.ts';

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

/** Lets pods start on one node alone while `during` runs, so that a new volume is on that node. */
async function withOnlyNode(at: FaultScene, node: string, during: () => Promise<void>): Promise<void> {
  const { items } = await at.api.json<List<{ metadata: Metadata }>>('GET', '/api/v1/nodes');
  const others = items.map(({ metadata }) => metadata.name).filter(name => name !== node);
  try {
    await at.kubectl('cordon', ...others);
    await during();
  } finally {
    await at.kubectl('uncordon', ...others);
  }
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

export const volumeFaults: readonly Fault[] = [
  loss('loss of one volume', async at => [await at.follower()], { representative: true }),
  loss('loss of two of three volumes, one after the other', async () => ['etcd-0', 'etcd-2']),
  {
    name: 'an old copy of a volume under a new claim',
    class: 'volume',
    run: async at => {
      const before = await at.voters(3);
      const pod = await at.follower();
      const old = await volumeOf(at, pod);
      const copy = await copyVolume(old);
      try {
        await withOnlyNode(at, old.node, async () => {
          await lose(at, pod);
          await at.expectVoters(3);
        });
        at.healing();
        await whileStopped(at, [pod], async volumes => {
          for (const volume of volumes) await putBack(volume, copy);
        });
        await at.expectLog(pod, /archive: the volume held .* it is a copy of /);
        const after = await at.expectVoters(3);
        expect(ids(after), 'the copied member does not come back').not.toEqual(ids(before));
      } finally {
        await removeCopy(old, copy);
      }
    },
  },
];
