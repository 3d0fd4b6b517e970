// The API server is away for two minutes, in which members restart, join or leave.
import { expect } from 'vitest';
import {
  heldLeases,
  renewClients,
  untilLeasesAreHeld,
  withoutApiServer,
  withoutApiServerFor,
} from '../support/apiserver.ts';
import { etcdOf, isAlive, type NodeProcess, signalProcess } from '../support/node.ts';
import { elapse } from './elapse.ts';
import { holdLearner, releaseLearner } from './held-learner.ts';
import { type Fault, type FaultScene, ids } from './scenario.ts';

const all = ['etcd-0', 'etcd-1', 'etcd-2'];
const TWO_MINUTES = 120_000;
/** No outage: a busy machine allowed for. */
const NO_OUTAGE = 5000;

/** Runs `during` at the beginning of two minutes without the API server, and `after` when it is back. */
async function away(at: FaultScene, during: () => Promise<void>, after: () => Promise<void>): Promise<void> {
  const held = await heldLeases(at);
  await withoutApiServer(at, async () => {
    const since = performance.now();
    await during();
    await elapse(at, since, TWO_MINUTES);
  });
  at.healing();
  await after();
  await renewClients(at);
  await untilLeasesAreHeld(at, held);
}

const nothing = async (): Promise<void> => {};

async function killAndWait(at: FaultScene, processes: readonly NodeProcess[]): Promise<void> {
  await Promise.all(processes.map(process => signalProcess(process, 'KILL')));
  await at.until('the killed processes are gone', async () => {
    return !(await Promise.all(processes.map(isAlive))).includes(true);
  });
}

export const apiServerFaults: readonly Fault[] = [
  {
    name: 'API server down for 2 minutes while all members restart',
    class: 'network',
    run: async at => {
      const before = await at.voters(3);
      // Afterwards nobody can be asked for the pods.
      const processes = await Promise.all(all.map(pod => etcdOf(at, pod)));
      await away(
        at,
        () => killAndWait(at, processes),
        async () => {
          expect(ids(await at.expectVoters(3)), 'a restart changes no member').toEqual(ids(before));
        },
      );
      for (const pod of all) {
        await at.expectLog(
          pod,
          /start: the API server does not answer .* but this pod's volume was verified/,
        );
      }
      // The API server was away for far longer than the members were.
      expect(await at.workload.longestGap()).toBeLessThan(TWO_MINUTES / 2);
    },
  },
  {
    name: 'API server down for 2 minutes during a join',
    class: 'network',
    most: 5,
    run: async at => {
      const before = await at.voters(3);
      const learner = await holdLearner(at);
      await away(at, nothing, nothing);
      await at.expectLog('etcd-3', /wait: the API server does not answer/, 'keeper');
      at.healing();
      await releaseLearner(at);
      const after = ids(await at.expectVoters(5));
      expect(after.slice(0, 4), 'the learner goes on as who it was').toEqual([...ids(before), learner.id]);
      expect(await at.workload.longestGap()).toBeLessThan(NO_OUTAGE);
    },
  },
  {
    name: 'API server down for 2 minutes during a scale-in',
    class: 'network',
    members: 5,
    run: async at => {
      const before = await at.voters(5);
      const leaving = ['etcd-3', 'etcd-4'];
      // Those that are to go learn of it and can ask for nothing, until their time is over.
      await withoutApiServerFor(at, leaving, async () => {
        await at.scale(3);
        await at.until(`${leaving.join(' and ')} are told to go`, async () => {
          const pods = await Promise.all(leaving.map(pod => at.findPod(pod)));
          return pods.every(pod => pod?.metadata.deletionTimestamp !== undefined);
        });
        await away(at, nothing, async () => {
          expect(ids(await at.expectVoters(3))).toEqual(ids(before).slice(0, 3));
        });
      });
      const said = await Promise.all(all.map(pod => at.log(pod, 'keeper')));
      expect(said.join('\n'), 'the leader took out who could not leave by itself').toMatch(
        /tidy: removed etcd-3 .* its pod is gone/,
      );
      expect(await at.workload.longestGap()).toBeLessThan(NO_OUTAGE);
    },
  },
];
