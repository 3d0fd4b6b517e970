import type { Cluster } from '../../../cluster/cluster.ts';
import { waitForVoters } from '../../../release/voters.ts';
import { versions } from '../../../tools/catalogue.ts';
import { createNamespace, removeNamespace } from '../../namespace.ts';
import type { Contender } from '../contender.ts';
import type { Scenario } from '../scenario.ts';

const TIMEOUT = 120_000;

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
    // The first pods of a fresh cluster wait for much that later ones find done.
    await once(cluster, contender);
    return {
      round: async () => ({ figures: { seconds: await once(cluster, contender) } }),
      close: async () => {},
    };
  },
};

/** One install in a namespace of its own; returns its seconds. Throws with the set's state after two minutes. */
async function once(cluster: Cluster, contender: Contender): Promise<number> {
  const namespace = await createNamespace(cluster, contender.name);
  try {
    const began = performance.now();
    await contender.install({ cluster, namespace }, versions.etcd['3.7']);
    await waitForVoters({ cluster, namespace, set: contender.set, count: 3, timeout: TIMEOUT });
    return Math.round(performance.now() - began) / 1000;
  } finally {
    await removeNamespace(cluster, namespace);
  }
}
