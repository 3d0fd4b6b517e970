import { readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'vitest';
import { scenario } from './support/scenario.ts';
import { endOfLog, fingerprint, identity } from './support/volume.ts';

describe.concurrent('a write-ahead log that lost its end', () => {
  // etcd itself repairs such a log in silence and serves without what it had acknowledged.
  scenario('is never started; a new volume brings the member back', { replicas: 3 }, async (set, expect) => {
    const before = await set.up();
    await set.write(0, 5);
    await set.delete([2], { force: true });
    const volume = set.volume(2);
    const { generation = '' } = await identity(volume);
    const log = join(volume, generation, 'member', 'wal');
    const newest =
      (await readdir(log))
        .filter(name => name.endsWith('.wal'))
        .sort()
        .at(-1) ?? '';
    const file = join(log, newest);
    await truncate(file, (await endOfLog(file)) - 20);
    const left = await fingerprint(volume);
    await set.start(2);
    await set.waits(2, /lost its end.*delete pvc data-etcd-2.*delete pod etcd-2/);
    expect(set.pod(2).hasStartedEtcd).toBe(false);
    expect(await fingerprint(volume)).toEqual(left);
    set.deleteClaim(2);
    await set.replace([2], { force: true });
    await set.line(2, /removing that member/);
    const after = await set.voters([0, 1, 2]);
    expect(after[2]?.id).not.toBe(before[2]?.id);
    await set.nothingLost(0, 1, 2);
  });
});
