import { describe } from 'vitest';
import { scenario } from './support/scenario.ts';

describe.concurrent('the startup probe', () => {
  scenario(
    'succeeds when the member is ready, not when its time is over',
    { replicas: 1 },
    async (set, expect) => {
      await set.start(0);
      const began = Date.now();
      // Longer than any founder takes: only the keeper's word can end it in time.
      expect(await set.pod(0).hasStarted(120)).toBe(true);
      expect(Date.now() - began).toBeLessThan(110_000);
      expect(await set.members(0)).toHaveLength(1);
    },
  );

  scenario('is content with etcd alone where there is no quorum', { replicas: 3 }, async (set, expect) => {
    await set.up();
    await set.delete([0, 1, 2], { force: true });
    await set.start(0);
    await set.line(0, /this member has no quorum/);
    expect(await set.pod(0).hasStarted(2)).toBe(true);
  });

  scenario('fails while a pod waits and runs no etcd', { replicas: 2 }, async (set, expect) => {
    await set.start(1);
    await set.waits(1, /etcd-0 bootstraps it/);
    expect(await set.pod(1).hasStarted(2)).toBe(false);
  });
});
