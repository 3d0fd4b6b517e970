import { versions } from '../../../tools/catalogue.ts';
import { Arena } from '../arena.ts';
import type { Scenario } from '../scenario.ts';
import { failedCall, gaps, lateness, recoveryFigures, replaced, retriedCall, trialOf } from './load.ts';

/** All pods are told to stop at the same moment. */
export const allDeleted: Scenario = {
  name: 'all-deleted',
  title: 'All pods are deleted together',
  text: 'Gracefully, at the same moment. Counted until writes go through again for good: the end of the last gap above 300 ms.',
  figures: [
    ...(['Members', 'Service'] as const).map(by => ({
      key: `again${by}`,
      title: `writes again by ${by === 'Members' ? 'member endpoints' : 'the Service'} after`,
      unit: 's' as const,
      targets: [{ of: 'worst' as const, atMost: 10 }],
    })),
    ...gaps(),
    failedCall,
    retriedCall,
    lateness,
  ],
  rounds: 3,
  open: async (cluster, contender) => {
    const arena = await Arena.open(cluster, contender, versions.etcd['3.7']);
    return {
      round: async () => {
        await arena.settle(3);
        const pods = await arena.pods();
        const round = await arena.round({
          act: async () => {
            await Promise.all(
              pods.map(({ metadata }) => arena.api.remove(arena.core(`pods/${metadata.name}`))),
            );
          },
          until: [
            'all pods are new and Ready',
            replaced(3, new Set(pods.map(({ metadata }) => metadata.uid))),
          ],
        });
        return trialOf(round, recoveryFigures(round));
      },
      close: () => arena.close(),
    };
  },
};
