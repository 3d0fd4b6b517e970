import { describe } from 'vitest';
import { scenario } from './support/scenario.ts';
import { identity } from './support/volume.ts';

describe.concurrent('kubectl scale is enough', () => {
  scenario(
    '3 to 5 to 3 to 1 to 3, with every acknowledged write kept',
    { replicas: 3, timeout: 180_000 },
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
});
