// Members that others cannot reach, that cannot reach others, or that lose what the cluster around them gives.

import { expect } from 'vitest';
import { isReady, type List, type Pod } from '../../../scripts/release/objects.ts';
import { withNodesCordoned } from '../support/cordon.ts';
import { withoutAaaa, withoutDns } from '../support/dns.ts';
import { whileFrozen } from '../support/freeze.ts';
import { type Direction, whileCutOff } from '../support/network.ts';
import { killEtcd } from '../support/node.ts';
import { withoutServices } from '../support/service-network.ts';
import { elapse } from './elapse.ts';
import { restarts } from './restarts.ts';
import { type Fault, type FaultScene, ids } from './scenario.ts';

const all = ['etcd-0', 'etcd-1', 'etcd-2'];
/** How long DNS is away, or a node stands still. */
const A_MINUTE = 60_000;
/** No outage: a busy machine allowed for. */
const NO_OUTAGE = 5000;

/** Writes that show that the others go on. */
const WRITES = 20;

/** Waits until the others have acknowledged writes. */
async function othersWrite(at: FaultScene): Promise<void> {
  const before = await at.workload.acknowledged();
  await at.until('the others write', async () => (await at.workload.acknowledged()) >= before + WRITES);
}

/** Cuts one member's packets and connects it again: nobody's membership changes. */
function cut(
  name: string,
  direction: Direction,
  victim: (at: FaultScene) => Promise<string>,
  more: Partial<Fault> = {},
): Fault {
  return {
    name,
    class: 'network',
    ...more,
    run: async at => {
      const before = await at.voters(3);
      const pod = await victim(at);
      const counts = await restarts(at, all);
      await whileCutOff(at, pod, direction, async () => {
        await at.until(`${pod} is not ready without a quorum`, async () => !isReady(await at.pod(pod)));
        await othersWrite(at);
      });
      at.healing();
      expect(ids(await at.expectVoters(3)), 'a cut changes no member').toEqual(ids(before));
      expect(await restarts(at, all), 'nobody is restarted').toEqual(counts);
    },
  };
}

/** The nodes whose pods answer questions for names. */
async function nameServers(at: FaultScene): Promise<string[]> {
  const path = `/api/v1/namespaces/kube-system/pods?labelSelector=${encodeURIComponent('k8s-app=kube-dns')}`;
  const { items } = await at.api.json<List<Pod>>('GET', path);
  return items.map(({ spec }) => spec.nodeName ?? '');
}

/** Hands leadership to a pod's member. */
async function makeLeader(at: FaultScene, pod: string): Promise<void> {
  const leader = await at.leader();
  if (leader === pod) return;
  const member = (await at.voters(3)).find(({ name }) => name === pod);
  await at.ask('call', {
    endpoints: [at.member(Number(leader.slice(-1)))],
    path: '/v3/maintenance/transfer-leadership',
    body: { targetID: String(BigInt(`0x${member?.id}`)) },
  });
  await at.until(`${pod} leads`, async () => (await at.leader()) === pod);
}

/** A minute in which the node of one member stands still. */
function frozen(name: string, leads: boolean): Fault {
  return {
    name,
    class: 'network',
    run: async at => {
      const before = await at.voters(3);
      const busy = await nameServers(at);
      const pods = await Promise.all(all.map(pod => at.pod(pod)));
      // The others shall lose a member and nothing else.
      const victim = pods.find(({ spec }) => !busy.includes(spec.nodeName ?? ''));
      if (victim === undefined)
        throw new Error(`every node of a member is a name server's: ${busy.join(', ')}`);
      const { name: pod } = victim.metadata;
      const other = all.find(one => one !== pod) ?? '';
      await makeLeader(at, leads ? pod : other);
      const counts = await restarts(at, all);
      const { uid } = victim.metadata;
      await whileFrozen(victim.spec.nodeName ?? '', async () => {
        const since = performance.now();
        await othersWrite(at);
        await elapse(at, since, A_MINUTE);
        await othersWrite(at);
      });
      at.healing();
      expect(ids(await at.expectVoters(3)), 'nobody is replaced').toEqual(ids(before));
      expect((await at.pod(pod)).metadata.uid).toBe(uid);
      expect(await restarts(at, all), 'nobody is restarted').toEqual(counts);
    },
  };
}

/** Evicts a pod as a drain does; returns whether the API server allowed it. Throws for another refusal. */
async function evict(at: FaultScene, pod: string): Promise<boolean> {
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod } };
  try {
    await at.api.text('POST', at.core(`pods/${pod}/eviction`), { body });
    return true;
  } catch (error) {
    expect(String(error)).toContain("would violate the pod's disruption budget");
    return false;
  }
}

const drain: Fault = {
  name: 'every node drained, one after another',
  class: 'network',
  run: async at => {
    const before = await at.voters(3);
    for (const pod of all) {
      await at.settled();
      const node = (await at.pod(pod)).spec.nodeName ?? '';
      const others = all.filter(other => other !== pod);
      const uids = await at.pods();
      at.healing();
      await withNodesCordoned(at, [node], async () => {
        await at.kubectl(
          'drain',
          node,
          '--ignore-daemonsets',
          '--delete-emptydir-data',
          '--pod-selector=app.kubernetes.io/instance=etcd',
          '--timeout=120s',
        );
        await at.until(`${pod} is Pending`, async () => {
          const found = await at.findPod(pod);
          return found?.status.phase === 'Pending' && found.metadata.uid !== uids.get(pod);
        });
        for (const other of others) {
          expect(await evict(at, other), `${other} may go while ${pod} is down`).toBe(false);
        }
        await othersWrite(at);
        const now = await at.pods();
        for (const other of others) expect(now.get(other), `${other} stays`).toBe(uids.get(other));
      });
      expect(ids(await at.expectVoters(3)), 'a drain changes no member').toEqual(ids(before));
    }
    expect(await at.workload.longestGap()).toBeLessThan(NO_OUTAGE);
  },
};

export const networkFaults: readonly Fault[] = [
  cut('a follower cut off both ways', 'both', at => at.follower(), { representative: true }),
  cut('the leader cut off both ways', 'both', at => at.leader()),
  cut('the leader hears but is not heard', 'out', at => at.leader()),
  cut('a follower is heard but does not hear', 'in', at => at.follower()),
  drain,
  frozen("a follower's node frozen for 60 s", false),
  frozen("the leader's node frozen for 60 s", true),
  {
    name: 'DNS down for the members for 60 s, and one restarts',
    class: 'network',
    run: async at => {
      const before = await at.voters(3);
      const counts = await restarts(at, all);
      const killed = await at.follower();
      await withoutDns(at, all, async () => {
        const since = performance.now();
        await at.workload.progress(3, 20);
        await elapse(at, since, A_MINUTE / 2);
        // Who starts now finds nobody, and nobody finds it: the others go on.
        await killEtcd(at, killed);
        await othersWrite(at);
        await elapse(at, since, A_MINUTE);
        await othersWrite(at);
      });
      at.healing();
      expect(ids(await at.expectVoters(3)), 'nobody is replaced').toEqual(ids(before));
      const expected = { ...counts, [killed]: { ...counts[killed], etcd: 1 } };
      expect(await restarts(at, all), 'nobody else is restarted').toEqual(expected);
      expect(await at.workload.longestGap()).toBeLessThan(NO_OUTAGE);
    },
  },
  {
    name: 'DNS answers AAAA with NXDOMAIN: join, restart and scale-in',
    class: 'network',
    run: async at => {
      await at.voters(3);
      await withoutAaaa(at, async () => {
        await at.scale(4);
        await at.expectVoters(4);
        await at.scale(3);
        await at.expectVoters(3);
        await at.settled();
        const leader = await at.leader();
        at.healing();
        await at.deletePods(leader);
        await at.expectVoters(3);
        await at.settled();
        await at.scale(1);
        await at.expectVoters(1);
        await at.workload.progress(1, 20);
        await at.scale(3);
        await at.expectVoters(3);
      });
      expect(await at.workload.longestGap()).toBeLessThan(NO_OUTAGE);
    },
  },
  {
    name: 'no Service reachable from a node for 60 s',
    class: 'network',
    run: async at => {
      const before = await at.voters(3);
      const counts = await restarts(at, all);
      const { spec } = await at.pod(await at.follower());
      await withoutServices(at, spec.nodeName ?? '', async () => {
        const since = performance.now();
        await at.workload.progress(3, 20);
        await elapse(at, since, A_MINUTE);
        await at.workload.progress(3, 20);
        for (const pod of all) expect(isReady(await at.pod(pod)), `${pod} is Ready`).toBe(true);
      });
      at.healing();
      expect(ids(await at.expectVoters(3)), 'nobody is replaced').toEqual(ids(before));
      expect(await restarts(at, all), 'nobody is restarted').toEqual(counts);
      expect(await at.workload.longestGap()).toBeLessThan(NO_OUTAGE);
    },
  },
];
