// Changes that people make, good and bad: new values, new versions, and what is never meant to happen.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { runHelm } from '../../../scripts/release/chart.ts';
import { podsOf } from '../../../scripts/release/members.ts';
import type { Claim, ConfigMap } from '../../../scripts/release/objects.ts';
import { podTrouble } from '../../../scripts/release/objects.ts';
import { versions } from '../../../scripts/tools/catalogue.ts';
import { chartDirectory } from '../../support/project.ts';
import { temporaryChart } from '../../support/temporary-chart.ts';
import { Scene } from '../support/scene.ts';
import { askForRestore, recovered, rest } from './named-restore.ts';
import { type Fault, type FaultScene, ids, RECORD } from './scenario.ts';

type Minor = keyof typeof versions.etcd;
const tagged = (version: string) => ({ image: { tag: `v${version}` } });

/** A rollout is one restart after the other. */
const ROLLOUT = 240_000;
/** No outage: restarts one by one that hand leadership over first, a busy machine allowed for. */
const NO_OUTAGE = 5000;

/** A change that rolls over the members and leaves them who they are, without an outage. */
function rolling(name: string, from: object, to: object, more: Partial<Fault> = {}): Fault {
  return {
    name,
    class: 'rollout',
    values: from,
    ...more,
    run: async at => {
      const before = await at.voters(3);
      at.healing();
      await at.install({ values: to });
      expect(ids(await at.expectVoters(3, ROLLOUT))).toEqual(ids(before));
      expect(await at.workload.longestGap()).toBeLessThan(NO_OUTAGE);
    },
  };
}

function upgrade(from: Minor, to: Minor): Fault {
  const rolled = rolling(`etcd ${from} to ${to}`, tagged(versions.etcd[from]), tagged(versions.etcd[to]));
  return {
    ...rolled,
    run: async at => {
      expect(await at.running(3)).toEqual(Array(3).fill(versions.etcd[from]));
      await rolled.run(at);
      expect(await at.running(3)).toEqual(Array(3).fill(versions.etcd[to]));
    },
  };
}

/** A release whose scripts need a variable that the pods of the one before do not have. */
const newScripts: Fault = {
  name: 'an upgrade to scripts that need a new variable',
  class: 'rollout',
  run: async at => {
    const read = (path: string): Promise<string> => readFile(join(chartDirectory, path), 'utf8');
    const settings = 'scripts/settings.sh';
    const pod = 'templates/_pod.tpl';
    await using next = await temporaryChart(
      {
        [settings]: `${await read(settings)}\n: "$NEW_VARIABLE"\n`,
        [pod]: (await read(pod)).replace('PERSISTENCE:', 'NEW_VARIABLE: here\nPERSISTENCE:'),
      },
      { from: chartDirectory },
    );
    const before = await at.voters(3);
    await at.settled();
    const leader = await at.leader();
    at.healing();
    await at.install({ chart: next.directory });
    await at.until('every pod has the variable', async () => {
      const pods = await podsOf(at.set());
      const named = pods.filter(found => JSON.stringify(found.spec).includes('NEW_VARIABLE'));
      return pods.length === 3 && named.length === 3;
    });
    expect(ids(await at.expectVoters(3, ROLLOUT))).toEqual(ids(before));
    // The preStop hook of an old pod ran the old scripts: leadership was handed over, so no write waited for an election.
    expect(await at.workload.longestGap(), `${leader} led`).toBeLessThan(NO_OUTAGE);
    // A pod that was made again from the old revision would still find its scripts.
    const kept = await at.kubectl('get', 'configmaps', '-o', 'name');
    expect(kept.split('\n').filter(name => /\/etcd-scripts-[0-9a-f]{10}$/.test(name))).toHaveLength(2);
  },
};

/** A rollout that stops at its first pod: the other two serve as they are, and the way back heals all. */
function refused(name: string, from: Minor, to: object, stops: (at: FaultScene) => Promise<void>): Fault {
  return {
    name,
    class: 'rollout',
    values: tagged(versions.etcd[from]),
    run: async at => {
      const before = await at.voters(3);
      // The keepers write it a while after the members run it.
      await at.until(`the record says etcd ${from}`, async () => {
        return (await at.clusterRecord()).data?.etcdVersion?.startsWith(from) === true;
      });
      await at.settled();
      const first = await at.pods();
      await at.install({ values: to });
      await stops(at);
      await at.workload.progress(2, 20);
      const now = await at.pods();
      for (const pod of ['etcd-0', 'etcd-1']) {
        expect(now.get(pod), `${pod} is not touched`).toBe(first.get(pod));
      }
      at.healing();
      await runHelm({ cluster: at.cluster, namespace: at.namespace }, ['rollback', 'etcd', '1']);
      expect(ids(await at.expectVoters(3, ROLLOUT))).toEqual(ids(before));
      expect(await at.workload.longestGap()).toBeLessThan(NO_OUTAGE);
    },
  };
}

async function editRecord(at: FaultScene, data: Record<string, string | undefined>): Promise<void> {
  await at.api.text('PATCH', at.core(RECORD), {
    body: { data },
    contentType: 'application/merge-patch+json',
  });
}

const claims = ['data-etcd-0', 'data-etcd-1', 'data-etcd-2'];
const pods = ['etcd-0', 'etcd-1', 'etcd-2'];

/**
 * Deletes every claim and makes it again over the same volume, as a tool does that restores a namespace's objects:
 * the data is the same, the claim's uid is another.
 */
async function renewClaims(at: FaultScene): Promise<void> {
  const found = await Promise.all(
    claims.map(claim => at.api.json<Claim>('GET', at.core(`persistentvolumeclaims/${claim}`))),
  );
  const volumes = found.map(({ spec }) => spec.volumeName ?? '');
  const patch = async (volume: string, spec: object): Promise<unknown> =>
    at.kubectl('patch', 'persistentvolume', volume, '--patch', JSON.stringify({ spec }));
  for (const volume of volumes) await patch(volume, { persistentVolumeReclaimPolicy: 'Retain' });
  await at.kubectl('delete', 'persistentvolumeclaim', ...claims, '--wait=true', '--timeout=60s');
  for (const [index, { metadata, spec }] of found.entries()) {
    const volume = volumes[index] ?? '';
    await patch(volume, { claimRef: null });
    const { name, labels } = metadata;
    await at.api.text('POST', at.core('persistentvolumeclaims'), {
      body: { metadata: { name, labels }, spec },
    });
  }
  await at.until('the new claims have the old volumes', async () => {
    const renewed = await Promise.all(
      claims.map(claim => at.api.json<Claim>('GET', at.core(`persistentvolumeclaims/${claim}`))),
    );
    return renewed.every(({ status }) => status.phase === 'Bound');
  });
  // Not earlier: a volume without a claim would be wiped. Now it is to go with this scenario.
  for (const volume of volumes) await patch(volume, { persistentVolumeReclaimPolicy: 'Delete' });
}

export const rolloutFaults: readonly Fault[] = [
  newScripts,
  rolling('changed values', {}, { podAnnotations: { changed: 'yes' } }, { representative: true }),
  upgrade('3.6', '3.7'),
  upgrade('3.5', '3.6'),
  refused('a tag that does not exist', '3.7', tagged('3.7.99'), async at => {
    await at.until('the first pod cannot pull its image', async () => {
      const pod = await at.findPod('etcd-2');
      return pod !== undefined && /ImagePullBackOff|ErrImagePull/.test(podTrouble(pod));
    });
  }),
  refused('etcd 3.5 to 3.7 at once', '3.5', tagged(versions.etcd['3.7']), async at =>
    at.expectLog('etcd-2', /etcd takes one minor at a time, set image.tag to a v3\.6 release first/),
  ),
  refused('etcd 3.7 to 3.6 without `etcdctl downgrade`', '3.7', tagged(versions.etcd['3.6']), async at =>
    at.expectLog('etcd-2', /set image.tag back to a v3\.7 release, or run `etcdctl downgrade enable 3\.6`/),
  ),
  {
    name: 'the record deleted',
    class: 'rollout',
    run: async at => {
      const { data, metadata } = await at.clusterRecord();
      await at.kubectl('delete', 'configmap', 'etcd-cluster');
      await at.until('the record is written again', async () => {
        const found = await at.api.find<ConfigMap>(at.core(RECORD));
        return found !== undefined && found.metadata.uid !== metadata.uid && found.data?.phase === 'formed';
      });
      const again = (await at.clusterRecord()).data;
      expect([again?.generation, again?.clusterId]).toEqual([data?.generation, data?.clusterId]);
      await at.until('every claim owns the record', async () => {
        return (await at.clusterRecord()).metadata.ownerReferences?.length === 3;
      });
    },
  },
  {
    name: 'the record edited to another generation',
    class: 'rollout',
    run: async at => {
      const before = await at.voters(3);
      const { generation } = (await at.clusterRecord()).data ?? {};
      await editRecord(at, { generation: '1-another' });
      await at.deletePods('etcd-2');
      await at.expectLog(
        'etcd-2',
        /the record is of generation 1-another and this volume holds .*bootstrapped twice/,
      );
      await at.expectLog(
        'etcd-0',
        /this member serves generation .* but the record is of 1-another/,
        'keeper',
      );
      await at.workload.progress(2);
      at.healing();
      await editRecord(at, { generation });
      expect(ids(await at.expectVoters(3))).toEqual(ids(before));
    },
  },
  {
    name: 'the record given another founder',
    class: 'rollout',
    run: async at => {
      const before = await at.voters(3);
      const { founder } = (await at.clusterRecord()).data ?? {};
      const other = await at.api.json<Claim>('GET', at.core('persistentvolumeclaims/data-etcd-1'));
      await editRecord(at, { founder: other.metadata.uid, phase: 'forming' });
      await at.tearOut(...pods);
      at.healing();
      // Everybody has data and starts as it is; nobody forms anything.
      expect(ids(await at.expectVoters(3))).toEqual(ids(before));
      await editRecord(at, { founder, phase: 'formed' });
    },
  },
  {
    name: 'a second release of the same name in another namespace',
    class: 'rollout',
    run: async at => {
      const before = await at.voters(3);
      const twin = await Scene.open('twin');
      try {
        await twin.install();
        const others = await twin.voters(3);
        expect(ids(others).filter(id => ids(before).includes(id))).toEqual([]);
        await twin.record();
        const clusterId = await twin.expectNothingLost(3);
        const { clusterId: mine } = (await at.clusterRecord()).data ?? {};
        expect(BigInt(clusterId)).not.toBe(BigInt(`0x${mine}`));
        await twin.uninstall();
      } finally {
        await twin.close();
      }
      expect(ids(await at.expectVoters(3))).toEqual(ids(before));
    },
  },
  {
    name: 'all objects restored with new uids',
    class: 'rollout',
    run: async at => {
      const { data } = await at.clusterRecord();
      await rest(at);
      await at.uninstall();
      await at.until('no pod is left', async () => (await at.pods()).size === 0);
      await renewClaims(at);
      await at.until('the record is collected with its owners', async () => {
        return (await at.api.find<ConfigMap>(at.core(RECORD))) === undefined;
      });
      await at.api.text('POST', at.core('configmaps'), {
        body: { metadata: { name: 'etcd-cluster' }, data },
      });
      await at.install();
      for (const pod of pods)
        await at.expectLog(pod, /the volume is foreign: .*it is never started by itself/);
      const served = await at
        .ask('call', {
          endpoints: at.endpoints(3),
          path: '/v3/kv/range',
          body: { key: 'AA==', serializable: true },
        })
        .catch(error => String(error));
      expect(served, 'nobody serves').toMatch(/ECONNREFUSED/);
      at.healing();
      await askForRestore(at, 'etcd-1', 'backup');
      await recovered(at, 'backup', 2);
    },
  },
];
