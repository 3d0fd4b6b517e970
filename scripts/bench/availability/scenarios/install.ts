import { versions } from '../../../tools/catalogue.ts';
import { installTime } from '../../install-time.ts';
import type { Scenario } from '../scenario.ts';

/** From the install command to three Ready voters. */
export const install: Scenario = {
  name: 'install',
  title: 'Install to three Ready voters',
  text: 'From before the command (helm, kubectl) until three voters are Ready and each takes a write. Rounds alternate; one of each goes before that does not count.',
  figures: [
    {
      key: 'seconds',
      title: 'three Ready voters after',
      unit: 's',
      targets: [{ of: 'median', atMost: 1.3, times: 'plain' }],
    },
  ],
  rounds: 5,
  interleaved: true,
  open: async (cluster, contender) => {
    const once = () =>
      installTime(cluster, contender.name, contender.set, namespace =>
        contender.install({ cluster, namespace }, versions.etcd['3.7']),
      );
    // The first pods of a fresh cluster wait for much that later ones find done.
    await once();
    return {
      round: async () => ({ figures: { seconds: Math.round(1000 * (await once())) / 1000 } }),
      close: async () => {},
    };
  },
};
