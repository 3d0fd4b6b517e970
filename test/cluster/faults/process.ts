// Processes and pods that end in every way there is, while their volumes stay.
import { expect } from 'vitest';
import { type Member, membersSeenBy } from '../../../scripts/release/members.ts';
import { etcdOf, killEtcd, signalProcess } from '../support/node.ts';
import { type Fault, type FaultScene, ids } from './scenario.ts';

/** A fault after which the members are who they were. */
function restart(
  name: string,
  breaks: (at: FaultScene) => Promise<unknown>,
  more: Partial<Fault> = {},
): Fault {
  return {
    name,
    class: 'process',
    ...more,
    run: async at => {
      const before = await at.voters(3);
      at.healing();
      await breaks(at);
      expect(ids(await at.expectVoters(3)), 'a restart changes no member').toEqual(ids(before));
    },
  };
}

/** A pod deletion after which the pods are other ones. */
function deletion(name: string, deletes: (at: FaultScene) => Promise<string[]>): Fault {
  return restart(name, async at => {
    const before = await at.pods();
    const deleted = await deletes(at);
    await at.until(`${deleted.join(', ')} run as new pods`, async () => {
      const now = await at.pods();
      return deleted.every(pod => now.get(pod) !== undefined && now.get(pod) !== before.get(pod));
    });
  });
}

const all = ['etcd-0', 'etcd-1', 'etcd-2'];

/** How often the etcd container of each pod was restarted, and how it ended last. */
async function restarts(at: FaultScene): Promise<Record<string, { count: number; why: string | undefined }>> {
  const entries = await Promise.all(
    all.map(async pod => {
      const { status } = await at.pod(pod);
      const etcd = status.containerStatuses?.find(({ name }) => name === 'etcd');
      const ended = etcd?.lastState?.terminated;
      return [pod, { count: etcd?.restartCount ?? 0, why: ended?.reason }] as const;
    }),
  );
  return Object.fromEntries(entries);
}

/** Kills processes and waits until the kubelet has noticed: until then the set looks healthy. */
async function kill(at: FaultScene, ...pods: string[]): Promise<void> {
  const before = await restarts(at);
  at.healing();
  await killEtcd(at, ...pods);
  await at.until(`the containers of ${pods.join(', ')} are restarted`, async () => {
    const now = await restarts(at);
    return pods.every(pod => (now[pod]?.count ?? 0) > (before[pod]?.count ?? 0));
  });
}

/** Has one member build a dozen answers of the whole database at once, and no other member. */
async function readEverything(at: FaultScene, endpoint: string): Promise<void> {
  const body = { key: 'AA==', range_end: 'AA==', serializable: true };
  const question = {
    endpoints: [endpoint],
    path: '/v3/kv/range',
    body,
    timeout: 20_000,
    unwanted: true,
  } as const;
  await Promise.allSettled(Array.from({ length: 12 }, () => at.ask('call', question)));
}

const LEADER_STOPS_FOR = 30_000;

export const processFaults: readonly Fault[] = [
  restart('SIGKILL of the leader', async at => kill(at, await at.leader()), { representative: true }),
  restart('SIGKILL of a follower', async at => kill(at, await at.follower())),
  restart('SIGKILL of all members at once', at => kill(at, ...all)),
  deletion("deletion of the leader's pod", async at => {
    const leader = await at.leader();
    await at.deletePods(leader);
    return [leader];
  }),
  deletion("forced deletion of the leader's pod", async at => {
    const leader = await at.leader();
    await at.tearOut(leader);
    return [leader];
  }),
  deletion('two of three pods deleted together', async at => {
    await at.deletePods('etcd-0', 'etcd-1');
    return ['etcd-0', 'etcd-1'];
  }),
  deletion('forced deletion of two of three pods', async at => {
    await at.tearOut('etcd-1', 'etcd-2');
    return ['etcd-1', 'etcd-2'];
  }),
  deletion('all pods deleted together', async at => {
    await at.deletePods(...all);
    return all;
  }),
  deletion('forced deletion of all pods', async at => {
    await at.tearOut(...all);
    return all;
  }),
  restart('SIGSTOP of the leader for 30 s', async at => {
    const leader = await at.leader();
    const process = await etcdOf(at, leader);
    const before = await restarts(at);
    await signalProcess(process, 'STOP');
    const stopped = performance.now();
    try {
      await at.until('another member leads', async () => (await at.leader()) !== leader);
      await at.until('its 30 s are over', async () => performance.now() - stopped > LEADER_STOPS_FOR);
    } finally {
      await signalProcess(process, 'CONT');
    }
    at.healing();
    await at.expectVoters(3);
    expect(await restarts(at), 'no probe restarts a member that stands still for a while').toEqual(before);
  }),
  {
    name: 'SIGKILL of a learner while it joins',
    class: 'process',
    most: 5,
    run: async at => {
      // A learner holds back while a wanted member is not listed, for 10 s: this one cannot even have a volume.
      const claim = 'data-etcd-4';
      await at.api.text('POST', at.core('persistentvolumeclaims'), {
        body: {
          metadata: { name: claim },
          spec: {
            storageClassName: 'no-such-class',
            accessModes: ['ReadWriteOnce'],
            resources: { requests: { storage: '1Gi' } },
          },
        },
      });
      await at.scale(5);
      const learner = async (): Promise<Member | undefined> =>
        (await membersSeenBy(at.set(), 'etcd-0').catch(() => [])).find(({ name }) => name === 'etcd-3');
      await at.until('etcd-3 is a learner', async () => (await learner()) !== undefined);
      await killEtcd(at, 'etcd-3');
      const killed = await learner();
      expect(killed?.learner, 'it was killed as a learner').toBe(true);
      at.healing();
      await at.kubectl('delete', 'persistentvolumeclaim', claim, '--wait=false');
      await at.deletePods('etcd-4');
      const members = await at.expectVoters(5);
      expect(members[3]?.id, 'a learner that was killed goes on as who it was').toBe(killed?.id);
    },
  },
  restart(
    'a member killed for want of memory',
    async at => {
      const pod = await at.follower();
      const others = all.filter(other => other !== pod);
      const before = await restarts(at);
      await at.ask('fill', { endpoints: at.endpoints(3), bytes: 8 * 2 ** 20 }, 120_000);
      await at.until(`${pod} is killed`, async () => {
        await readEverything(at, at.member(Number(pod.slice(-1))));
        return (await restarts(at))[pod]?.why === 'OOMKilled';
      });
      at.healing();
      const now = await restarts(at);
      expect(others.map(other => now[other])).toEqual(others.map(other => before[other]));
    },
    { values: { resources: { requests: { memory: '128Mi' }, limits: { memory: '192Mi' } } } },
  ),
];
