import { describe } from 'vitest';
import { scenario } from './support/scenario.ts';
import { identity } from './support/volume.ts';

describe.concurrent('kubectl scale is enough', () => {
  scenario(
    '3 to 5 to 3 to 1 to 3, with every acknowledged write kept',
    { replicas: 3 },
    async (set, expect) => {
      await set.up();
      for (const replicas of [5, 3, 1, 3]) {
        await set.write(0, 5);
        await set.scale(replicas);
        const ordinals = Array.from({ length: replicas }, (_, ordinal) => ordinal);
        const members = await set.voters(ordinals);
        await set.nothingLost(...ordinals);
        for (const [ordinal, { id }] of members.entries()) {
          expect((await identity(set.volume(ordinal))).memberId).toBe(id);
        }
      }
    },
  );

  scenario('1 to 2 to 1 to 2, the sizes without spare', { replicas: 1 }, async set => {
    await set.up();
    for (const replicas of [2, 1, 2]) {
      await set.write(0, 5);
      await set.scale(replicas);
      const ordinals = Array.from({ length: replicas }, (_, ordinal) => ordinal);
      await set.voters(ordinals);
      await set.nothingLost(...ordinals);
    }
  });

  scenario('a learner that is not wanted any more is not promoted', { replicas: 3 }, async (set, expect) => {
    await set.start(0);
    await set.formed();
    // While etcd-2 is missing from the list, etcd-1 holds its promotion back.
    await set.start(1);
    await set.waitFor(async () => (await set.listed(1, 0))?.name === 'etcd-1', {
      what: 'etcd-1 is a learner',
      every: 5,
    });
    set.setReplicas(1);
    await set.line(1, /^wait: .*wants 1 replicas: learner etcd-1 is not promoted/);
    await set.looks(1, 2, 'keeper');
    expect((await set.listed(1, 0))?.learner).toBe(true);
    set.setReplicas(2);
    await set.voters([0, 1]);
  });
});
