import { etcdProcess, signalProcess } from '../../../cluster/node-process.ts';
import { isReady, type Pod } from '../../../release/objects.ts';
import { versions } from '../../../tools/catalogue.ts';
import { Arena } from '../arena.ts';
import type { Scenario } from '../scenario.ts';
import {
  failedCall,
  gaps,
  lateness,
  noFailedCall,
  replaced,
  retriedCall,
  stillness,
  trialOf,
} from './load.ts';

/** A graceful end of the leader's pod: a drain, an eviction, `kubectl delete pod`. */
export const leaderDeleted: Scenario = {
  name: 'leader-deleted',
  title: 'The leader’s pod is deleted gracefully',
  text: 'As by kubectl delete pod, a drain or an eviction. Counted until the pod is back and a voter.',
  figures: [...gaps(100), noFailedCall, retriedCall, lateness, stillness],
  rounds: 10,
  open: async (cluster, contender) => {
    const arena = await Arena.open(cluster, contender, versions.etcd['3.7']);
    return {
      round: async () => {
        await arena.settle(3);
        const { metadata } = await arena.leader();
        const before = new Set([metadata.uid]);
        const round = await arena.round({
          act: () => arena.api.remove(arena.core(`pods/${metadata.name}`)),
          until: [`a new ${metadata.name} is Ready`, replaced(3, before)],
        });
        return trialOf(round);
      },
      close: () => arena.close(),
    };
  },
};

const ELECTION_TIMEOUT = 1000;

/** The leader's etcd dies without a word. */
export const leaderKilled: Scenario = {
  name: 'leader-killed',
  title: 'SIGKILL of the leader’s etcd',
  text: `The process is killed on its node; its container starts again. The election timeout is ${ELECTION_TIMEOUT} ms.`,
  figures: [
    ...gaps().map(figure => ({
      ...figure,
      targets: [
        { of: 'median' as const, atMost: 1.5 * ELECTION_TIMEOUT },
        { of: 'worst' as const, atMost: 2 * ELECTION_TIMEOUT + 300 },
      ],
    })),
    failedCall,
    retriedCall,
    lateness,
  ],
  rounds: 10,
  open: async (cluster, contender) => {
    const arena = await Arena.open(cluster, contender, versions.etcd['3.7']);
    return {
      round: async () => {
        const { name, pod } = await freshLeader(arena);
        const etcd = await etcdProcess(pod);
        const round = await arena.round({
          act: () => signalProcess(etcd, 'KILL'),
          until: [
            `the etcd of ${name} runs again`,
            pods => pods.length === 3 && pods.every(isReady) && restartsOf(pods, name) > 0,
          ],
        });
        return trialOf(round);
      },
      close: () => arena.close(),
    };
  },
};

/**
 * The leader's pod, none of whose containers was restarted before: the kubelet lets one wait that ends twice in ten
 * minutes, which has nothing to do with etcd. Pods that had their restart are made anew.
 */
async function freshLeader(arena: Arena) {
  for (;;) {
    await arena.settle(3);
    const pod = await arena.leader();
    const { name } = pod.metadata;
    if (restartsOf([pod], name) === 0) return { name, pod };
    await arena.api.remove(arena.core(`pods/${name}`));
  }
}

const restartsOf = (pods: readonly Pod[], name: string): number =>
  pods
    .find(({ metadata }) => metadata.name === name)
    ?.status.containerStatuses?.find(({ name }) => name === 'etcd')?.restartCount ?? 0;
