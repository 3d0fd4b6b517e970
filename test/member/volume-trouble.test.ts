import { mkdir, open, readdir, rm, rmdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'vitest';
import { scenario } from './support/scenario.ts';
import { identity } from './support/volume.ts';

describe.concurrent('a volume in trouble', () => {
  // etcd starts on it and ends at its next growth: a container that restarts is none to make room in.
  scenario(
    'that is full keeps etcd from starting, until there is room',
    { replicas: 1 },
    async (set, expect) => {
      const before = await set.up();
      await set.write(0, 5);
      await set.delete([0], { force: true });
      const room = join(set.volume(0), 'room');
      await rm(room, { force: true });
      await symlink('/dev/full', room);
      await set.start(0);
      await set.waits(0, /MiB left and etcd needs .*keep this volume/);
      await rm(room);
      const after = await set.voters([0]);
      expect(after[0]?.id).toBe(before[0]?.id);
      await set.nothingLost(0);
    },
  );

  scenario('that cannot be written to is waited for', { replicas: 1 }, async (set, expect) => {
    const before = await set.up();
    await set.write(0, 5);
    await set.delete([0], { force: true });
    const lock = join(set.volume(0), 'lock');
    await rm(lock, { force: true });
    // As on a read-only file system: its mode says that it may be written.
    await mkdir(lock);
    await set.start(0);
    await set.line(0, /^wait: .*cannot be written to: .*keep this volume/);
    expect(set.pod(0).hasStartedEtcd).toBe(false);
    await rmdir(lock);
    const after = await set.voters([0]);
    expect(after[0]?.id).toBe(before[0]?.id);
    await set.nothingLost(0);
  });

  scenario('that etcd ends on is named at the third start', { replicas: 1 }, async (set, expect) => {
    await set.up();
    await set.write(0, 5);
    await set.delete([0], { force: true });
    const { generation = '' } = await identity(set.volume(0));
    const log = join(set.volume(0), generation, 'member', 'wal');
    const [first = ''] = (await readdir(log)).filter(name => name.endsWith('.wal'));
    const file = await open(join(log, first), 'r+');
    await file.write(Buffer.alloc(64, 0xff), 0, 64, 400);
    await file.close();
    await set.start(0);
    await set.line(0, /^start: .*started 3 times.*logs etcd-0 -c etcd --previous.*keep this volume/);
    const starts = set.pod(0).lines.filter(line => line.startsWith('start: the volume holds'));
    expect(starts.length, 'two starts may have other reasons').toBeGreaterThanOrEqual(3);
  });
});
