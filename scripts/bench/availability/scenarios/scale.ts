import { isReady } from '../../../release/objects.ts';
import { versions } from '../../../tools/catalogue.ts';
import { Arena } from '../arena.ts';
import type { Figure, Trial } from '../result.ts';
import type { Scenario } from '../scenario.ts';
import { gaps, lateness, noFailedCall, retriedCall, trialOf } from './load.ts';
import { whatHappens } from './refusal.ts';

const figures = (count: number, atMost: number): Figure[] => [
  { key: 'seconds', title: `${count} voters after`, unit: 's', targets: [{ of: 'worst', atMost }] },
  noFailedCall,
  ...gaps(),
  retriedCall,
  lateness,
];

async function scaled(arena: Arena, from: number, to: number): Promise<Trial> {
  await arena.settle(from);
  const round = await arena.round({
    act: () => arena.scale(to),
    until: [`there are ${to} Ready pods`, pods => pods.length === to && pods.every(isReady)],
    members: to,
  });
  return trialOf(round, { seconds: round.healthy / 1000 });
}

/** Takes members 3 and 4 out with their volumes, so that the next scaling makes new ones. */
async function shrink(arena: Arena): Promise<void> {
  await arena.scale(3);
  await arena.settle(3);
  for (const ordinal of [3, 4]) {
    await arena.api.remove(arena.core(`persistentvolumeclaims/data-${arena.contender.set}-${ordinal}`));
  }
}

/** Two new members. */
export const scaleOut: Scenario = {
  name: 'scale-out',
  title: 'Scale from three to five',
  text: 'As by kubectl scale, over new volumes. Counted until five voters are Ready and each takes a write.',
  figures: figures(5, 15),
  rounds: 3,
  open: async (cluster, contender) => {
    const arena = await Arena.open(cluster, contender, versions.etcd['3.7']);
    return {
      round: async () => {
        if (!contender.manages) {
          await arena.scale(5);
          return { figures: {}, happened: await whatHappens(arena, `${contender.set}-3`, '', 5) };
        }
        const trial = await scaled(arena, 3, 5);
        await shrink(arena);
        return trial;
      },
      close: () => arena.close(),
    };
  },
};

/** Two members leave. */
export const scaleIn: Scenario = {
  name: 'scale-in',
  title: 'Scale from five to three',
  text: 'As by kubectl scale. Counted until three voters are Ready, nobody else is listed, and each takes a write.',
  figures: figures(3, 6),
  rounds: 3,
  managersOnly: true,
  open: async (cluster, contender) => {
    const arena = await Arena.open(cluster, contender, versions.etcd['3.7']);
    return {
      round: async () => {
        await arena.scale(5);
        return scaled(arena, 5, 3);
      },
      close: () => arena.close(),
    };
  },
};
