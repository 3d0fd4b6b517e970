// The way back from a lost quorum: a named restore from what one member has.
import { expect } from 'vitest';
import type { Claim } from '../../../scripts/release/objects.ts';
import { whileStopped } from '../support/volume-directory.ts';
import { loseForGood } from './lost-quorum.ts';
import { askForRestore, recovered, rest } from './named-restore.ts';
import type { Fault, FaultScene } from './scenario.ts';

const all = ['etcd-0', 'etcd-1', 'etcd-2'] as const;

const claimsOf = (at: FaultScene, pods: readonly string[]): Promise<(Claim | undefined)[]> =>
  Promise.all(pods.map(pod => at.api.find<Claim>(at.core(`persistentvolumeclaims/data-${pod}`))));

/** Tears out pods together with their volumes, and waits until Kubernetes has made both anew. */
async function lose(at: FaultScene, pods: readonly string[]): Promise<void> {
  const before = new Set((await claimsOf(at, pods)).map(claim => claim?.metadata.uid));
  await at.kubectl('delete', 'persistentvolumeclaim', ...pods.map(pod => `data-${pod}`), '--wait=false');
  await at.tearOut(...pods);
  await at.until(`the claims of ${pods.join(', ')} are new ones`, async () =>
    (await claimsOf(at, pods)).every(claim => claim !== undefined && !before.has(claim.metadata.uid)),
  );
}

/** Loses the volumes of all but one member at once; that one's data is what is served afterwards. */
function survival(pod: string, more: Partial<Fault> = {}): Fault {
  return {
    name: `two of three volumes lost at once, ${pod} survives`,
    class: 'recovery',
    ...more,
    run: async at => {
      await rest(at);
      const lost = all.filter(other => other !== pod);
      await loseForGood(at, ...lost);
      await at.expectLog(pod, /has no quorum.* create configmap etcd-restore /, 'keeper');
      at.healing();
      await askForRestore(at, pod, 'way-back');
      await recovered(at, 'way-back', 2);
    },
  };
}

export const recoveryFaults: readonly Fault[] = [
  survival('etcd-1', { representative: true }),
  survival('etcd-0'),
  survival('etcd-2'),
  {
    name: 'two of three volumes lost after 5,000 writes, the survivor comes late',
    class: 'recovery',
    run: async at => {
      await at.ask('fill', { endpoints: at.endpoints(3), bytes: 5_200 * 16 * 1024 }, 400_000);
      await rest(at);
      await whileStopped(at, ['etcd-2'], async () => {
        await lose(at, ['etcd-0', 'etcd-1']);
        await at.expectLog('etcd-0', /volume is empty and no quorum .* nothing is bootstrapped/);
        await at.expectLog('etcd-1', /volume is empty and no quorum .* nothing is bootstrapped/);
      });
      await at.expectLog('etcd-2', /has no quorum/, 'keeper');
      at.healing();
      await askForRestore(at, 'etcd-2', 'late');
      await recovered(at, 'late', 2);
    },
  },
  {
    name: 'a restore through values, refused while a quorum serves, then forced',
    class: 'recovery',
    run: async at => {
      const restore = (force: boolean) =>
        at.install({ values: { restore: { id: 'values', from: { member: 1 }, force } } });
      const pods = await at.pods();
      await restore(false);
      await at.until('the quorum refuses the restore', async () => {
        const { data } = await at.clusterRecord();
        return data?.refused === 'values';
      });
      await rest(at);
      await at.workload.declareRestore();
      at.healing();
      await restore(true);
      await at.until('the restore is finished', async () => {
        const data = await at.kubectl('get', 'configmap', 'etcd-cluster', '-o', 'jsonpath={.data.restored}');
        return data === 'values';
      });
      await recovered(at, 'values', 2);
      expect(await at.pods(), 'no pod was replaced').toEqual(pods);
    },
  },
  {
    name: 'all claims made anew over kept volumes',
    class: 'recovery',
    run: async at => {
      await rest(at);
      const claims = await claimsOf(at, all);
      const volumes = claims.map(claim => claim?.spec.volumeName ?? '');
      const patch = (volume: string, spec: object) =>
        at.kubectl('patch', 'persistentvolume', volume, '--type=merge', '-p', JSON.stringify({ spec }));
      for (const volume of volumes) await patch(volume, { persistentVolumeReclaimPolicy: 'Retain' });
      try {
        await at.scale(0);
        await at.until('no pod is left', async () => (await at.pods()).size === 0);
        await at.kubectl('delete', 'persistentvolumeclaim', ...all.map(pod => `data-${pod}`), '--wait=true');
        for (const [ordinal, volume] of volumes.entries()) {
          const claimRef = {
            namespace: at.namespace,
            name: `data-etcd-${ordinal}`,
            uid: null,
            resourceVersion: null,
          };
          await patch(volume, { claimRef });
        }
        await at.scale(3);
        for (const pod of all)
          await at.expectLog(pod, /wait: the volume is foreign.* create configmap etcd-restore /);
      } finally {
        for (const volume of volumes) await patch(volume, { persistentVolumeReclaimPolicy: 'Delete' });
      }
      at.healing();
      await askForRestore(at, 'etcd-2', 'rebound');
      await recovered(at, 'rebound', 2);
    },
  },
];
