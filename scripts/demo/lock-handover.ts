import { setTimeout as sleep } from 'node:timers/promises';
import type { Hold } from '../client/contest.ts';
import { contestFaults } from '../client/faults.ts';
import { encode, prefixEnd } from '../client/gateway.ts';
import { ClientPod } from '../client/pod.ts';
import { clientImage } from '../images/chart-images.ts';
import type { Report } from '../progress.ts';
import { apiOf } from '../release/api.ts';
import { leaderPod, members, type SetReference } from '../release/members.ts';
import { describeSet } from '../release/state.ts';
import { waitForVoters } from '../release/voters.ts';

const CONTENDERS = ['Ada', 'Ben'];
const HOLDS = 6;
/** The leader goes during this hold, so that there are hand-overs before and after. */
const KILL_DURING = 3;
const TIMEOUT = 60_000;

export interface DemoOptions extends SetReference {
  report: Report;
}

/**
 * Shows that the cluster works: two contenders take one lock in turn, and during the third hold the leader's
 * pod is deleted. Reports every hand-over with its fencing token, and leaves nothing behind. Returns once all
 * members are healthy again. Throws an Error when the lock broke a promise, or with the set's state when it
 * took more than a minute.
 */
export async function showLockHandover({ report, ...reference }: DemoOptions): Promise<void> {
  const { cluster, namespace, set } = reference;
  const voters = await members(reference);
  const endpoints = voters.flatMap(({ clientUrls }) => clientUrls);
  const client = await ClientPod.start({ cluster, namespace, image: clientImage, name: `${set}-lock-demo` });
  try {
    const id = String(Date.now());
    const key = `lock-demo/${id}`;
    await client.ask('contest/start', {
      id,
      endpoints,
      key,
      contenders: CONTENDERS,
      ttl: 5,
      hold: 900,
      rest: 300,
    });
    await followHolds(client, id, reference, report);
    const holds = await client.ask('contest/stop', { id });
    const writes = await client.ask('contest/writes', { endpoints, key });
    const body = { key: encode(key), range_end: prefixEnd(key) };
    await client.ask('call', { endpoints, path: '/v3/kv/deleterange', body });
    judge(holds, contestFaults(holds, writes));
    report(`${holds.length} holds: each fencing token higher than the one before, no write with an old one`);
    await waitForVoters({ ...reference, count: voters.length, timeout: TIMEOUT });
    report(`all ${voters.length} members are healthy voters again`);
  } finally {
    await client.remove();
  }
}

/** Reports the holds as they come, deletes the leader's pod meanwhile, and returns when there were enough. */
async function followHolds(
  client: ClientPod,
  id: string,
  reference: SetReference,
  report: Report,
): Promise<void> {
  const end = performance.now() + TIMEOUT;
  let reported = 0;
  let killed = false;
  for (;;) {
    const holds = await client.ask('contest/holds', { id });
    for (const hold of holds.slice(reported)) {
      report(
        `${hold.contender} holds the lock, fencing token ${hold.token} (waited ${Math.round(hold.waited)} ms)`,
      );
    }
    reported = holds.length;
    if (reported >= HOLDS) return;
    if (reported >= KILL_DURING && !killed) {
      killed = true;
      await deleteLeader(reference, report);
    }
    if (performance.now() > end) {
      throw new Error(
        `only ${reported} of ${HOLDS} lock hand-overs in ${TIMEOUT / 1000} s\n${await describeSet(reference)}`,
      );
    }
    await sleep(100);
  }
}

async function deleteLeader(reference: SetReference, report: Report): Promise<void> {
  const leader = await leaderPod(reference);
  const api = await apiOf(reference.cluster);
  await api.remove(`/api/v1/namespaces/${reference.namespace}/pods/${leader}`);
  report(`deleted the leader's pod, ${leader}`);
}

function judge(holds: readonly Hold[], faults: readonly string[]): void {
  const silent = CONTENDERS.filter(name => holds.every(({ contender }) => contender !== name));
  const all = [...faults, ...silent.map(name => `${name} never got the lock`)];
  if (all.length > 0) throw new Error(`the lock is broken:\n  ${all.join('\n  ')}\n${JSON.stringify(holds)}`);
}
