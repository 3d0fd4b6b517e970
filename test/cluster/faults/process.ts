// Processes and pods that end in every way there is, while their volumes stay.
import { expect } from 'vitest';
import { isReady } from '../../../scripts/release/objects.ts';
import { etcdOf, killEtcd, signalProcess } from '../support/node.ts';
import { elapse } from './elapse.ts';
import { fourth, holdLearner, releaseLearner } from './held-learner.ts';
import { restarts } from './restarts.ts';
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

/** Kills processes and waits until the kubelet has noticed: until then the set looks healthy. */
async function kill(at: FaultScene, ...pods: string[]): Promise<void> {
  const before = await restarts(at, pods);
  at.healing();
  await killEtcd(at, ...pods);
  await at.until(`the containers of ${pods.join(', ')} are restarted`, async () => {
    const now = await restarts(at, pods);
    return pods.every(pod => (now[pod]?.etcd ?? 0) > (before[pod]?.etcd ?? 0));
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

/** Why the container of a pod's etcd ended last. */
async function whyEnded(at: FaultScene, pod: string): Promise<string | undefined> {
  const { status } = await at.pod(pod);
  return status.containerStatuses?.find(({ name }) => name === 'etcd')?.lastState?.terminated?.reason;
}

const STANDS_STILL_FOR = 30_000;

/** The leader stands still: its process takes connections and answers none, until the readiness probe has seen it. */
function standstill(name: string, leavesWithin: number, readinessProbe: { timeoutSeconds?: number }): Fault {
  return restart(
    name,
    async at => {
      const leader = await at.leader();
      const process = await etcdOf(at, leader);
      const before = await restarts(at, all);
      await signalProcess(process, 'STOP');
      const since = performance.now();
      try {
        await at.until(`${leader} is out of the Service`, async () => !isReady(await at.pod(leader)));
        const took = performance.now() - since;
        console.error(`${name}: it left the Service after ${Math.round(took)} ms`);
        expect(took).toBeLessThan(leavesWithin);
        await at.until('another member leads', async () => (await at.leader()) !== leader);
        await elapse(at, since, STANDS_STILL_FOR);
      } finally {
        await signalProcess(process, 'CONT');
      }
      at.healing();
      await at.expectVoters(3);
      expect(await restarts(at, all), 'no probe restarts a member that stands still for a while').toEqual(
        before,
      );
    },
    { values: { readinessProbe } },
  );
}

const WAITS_FOR_ITS_TURN = /wait: the cluster would lose its quorum without etcd-\d now/;

/** What a container logs from now on until it ends, also when its pod is gone by then. */
function logOf(at: FaultScene, pod: string): Promise<string> {
  const path = at.core(`pods/${pod}/log?container=etcd&follow=true`);
  return at.api.text('GET', path, { timeout: 60_000 });
}

export const processFaults: readonly Fault[] = [
  restart('SIGKILL of the leader', async at => kill(at, await at.leader()), { representative: true }),
  restart('SIGKILL of a follower', async at => kill(at, await at.follower())),
  restart('SIGKILL of all members at once', at => kill(at, ...all)),
  deletion("deletion of the leader's pod", async at => {
    const leader = await at.leader();
    const log = logOf(at, leader);
    await at.deletePods(leader);
    expect(await log).toMatch(/stop: leadership goes from /);
    return [leader];
  }),
  deletion("forced deletion of the leader's pod", async at => {
    const leader = await at.leader();
    await at.tearOut(leader);
    return [leader];
  }),
  deletion('two of three pods deleted together', async at => {
    const pods = ['etcd-0', 'etcd-1'];
    const logs = Promise.all(pods.map(pod => logOf(at, pod)));
    await at.deletePods(...pods);
    expect((await logs).join('\n'), 'one waits for the other').toMatch(WAITS_FOR_ITS_TURN);
    return pods;
  }),
  deletion('two of three pods deleted, two seconds apart', async at => {
    const log = logOf(at, 'etcd-1');
    await at.deletePods('etcd-0');
    // By now it has had its turn, and answers while it stops.
    await elapse(at, performance.now(), 2000);
    await at.deletePods('etcd-1');
    expect(await log, 'the second waits for the first').toMatch(WAITS_FOR_ITS_TURN);
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
  // Three looks of five seconds each, or of one second, one second after another; and what a busy machine adds.
  standstill('SIGSTOP of the leader for 30 s', 25_000, {}),
  standstill('SIGSTOP of the leader, a readiness probe of one second', 12_000, { timeoutSeconds: 1 }),
  {
    name: 'SIGKILL of a learner while it joins',
    class: 'process',
    most: 5,
    run: async at => {
      const { id } = await holdLearner(at);
      await killEtcd(at, 'etcd-3');
      expect((await fourth(at))?.learner, 'it was killed as a learner').toBe(true);
      at.healing();
      await releaseLearner(at);
      const members = await at.expectVoters(5);
      expect(members[3]?.id, 'a learner that was killed goes on as who it was').toBe(id);
    },
  },
  restart(
    'a member killed for want of memory',
    async at => {
      const pod = await at.follower();
      const others = all.filter(other => other !== pod);
      const before = await restarts(at, others);
      await at.ask('fill', { endpoints: at.endpoints(3), bytes: 8 * 2 ** 20 }, 120_000);
      await at.until(`${pod} is killed`, async () => {
        await readEverything(at, at.member(Number(pod.slice(-1))));
        return (await whyEnded(at, pod)) === 'OOMKilled';
      });
      at.healing();
      expect(await restarts(at, others), 'nobody else is killed').toEqual(before);
    },
    { values: { resources: { requests: { memory: '128Mi' }, limits: { memory: '192Mi' } } } },
  ),
];
