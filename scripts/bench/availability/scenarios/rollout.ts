import { versions } from '../../../tools/catalogue.ts';
import { Arena } from '../arena.ts';
import type { Figure, Trial } from '../result.ts';
import type { Scenario } from '../scenario.ts';
import { downAtOnce } from '../timeline.ts';
import { gaps, lateness, noFailedCall, replaced, retriedCall, trialOf } from './load.ts';

const figures: readonly Figure[] = [
  ...gaps(300),
  noFailedCall,
  {
    key: 'down',
    title: 'members down at the same time',
    unit: 'members',
    targets: [{ of: 'worst', atMost: 1 }],
  },
  retriedCall,
  { key: 'seconds', title: 'the whole rollout', unit: 's' },
  lateness,
];

async function rollOut(arena: Arena, change: () => Promise<void>): Promise<Trial> {
  await arena.settle(3);
  const pods = await arena.pods();
  const round = await arena.round({
    act: change,
    until: ['every pod is new and Ready', replaced(3, new Set(pods.map(({ metadata }) => metadata.uid)))],
  });
  return trialOf(round, { down: downAtOnce(round.timeline.members), seconds: round.healthy / 1000 });
}

/** Every pod is made anew, one after the other. */
export const restart: Scenario = {
  name: 'rolling-restart',
  title: 'Rolling restart',
  text: 'A new annotation in the pod template; counted until the last new pod is a voter.',
  figures,
  rounds: 3,
  open: async (cluster, contender) => {
    const arena = await Arena.open(cluster, contender, versions.etcd['3.7']);
    return {
      round: () => rollOut(arena, () => contender.restart(arena)),
      close: () => arena.close(),
    };
  },
};

/** Every pod gets the image of the next minor version. */
export const upgrade: Scenario = {
  name: 'minor-upgrade',
  title: `Upgrade from etcd ${versions.etcd['3.6']} to ${versions.etcd['3.7']}`,
  text: 'A new image in the pod template, each round on a new cluster; counted until the last new pod is a voter.',
  figures,
  rounds: 2,
  open: async (cluster, contender) => ({
    round: async () => {
      const arena = await Arena.open(cluster, contender, versions.etcd['3.6']);
      try {
        return await rollOut(arena, () => contender.upgrade(arena, versions.etcd['3.7']));
      } finally {
        await arena.close();
      }
    },
    close: async () => {},
  }),
};
