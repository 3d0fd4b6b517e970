import { beforeAll, describe } from 'vitest';
import { type EtcdMinor, programs } from './support/programs.ts';
import { scenario } from './support/scenario.ts';
import type { EtcdSet } from './support/set.ts';
import { fingerprint } from './support/volume.ts';

beforeAll(() => Promise.all((['3.5', '3.6', '3.7'] as const).map(programs)));

/** A member of the set's image with some data, whose record names its version; then its pod is deleted. */
async function written(set: EtcdSet, image: EtcdMinor): Promise<void> {
  await set.up();
  await set.write(0, 5);
  await set.waitFor(() => set.record?.data?.etcdVersion === image, { what: `the record says ${image}` });
  await set.delete([0]);
}

describe.concurrent("the data's version and the image's", () => {
  for (const [from, to] of [
    ['3.5', '3.6'],
    ['3.6', '3.7'],
  ] as const) {
    scenario(
      `${from} to ${to}: one minor up starts, and the record follows`,
      { replicas: 1, image: from },
      async set => {
        await written(set, from);
        set.useImage(to);
        await set.start(0);
        await set.voters([0]);
        await set.nothingLost(0);
        await set.waitFor(() => set.record?.data?.etcdVersion === to, { what: `the record says ${to}` });
      },
    );
  }

  for (const [from, to, remedy] of [
    ['3.5', '3.7', /one minor at a time, set image\.tag to a v3\.6/],
    ['3.7', '3.6', /image\.tag back to a v3\.7/],
    ['3.6', '3.5', /image\.tag back to a v3\.6/],
  ] as const) {
    scenario(
      `${from} to ${to}: refused, the data untouched`,
      { replicas: 1, image: from },
      async (set, expect) => {
        await written(set, from);
        const before = await fingerprint(set.volume(0));
        set.useImage(to);
        await set.start(0);
        await set.waits(0, remedy);
        expect(await fingerprint(set.volume(0))).toEqual(before);
        await set.delete([0]);
        set.useImage(from);
        await set.start(0);
        await set.voters([0]);
        await set.nothingLost(0);
      },
    );
  }

  scenario('3.7 to 3.6 with an enabled downgrade starts', { replicas: 1 }, async set => {
    await set.up();
    await set.write(0, 5);
    await set.waitFor(() => set.record?.data?.etcdVersion === '3.7', { what: 'the record says 3.7' });
    await set.member(0).enableDowngrade('3.6');
    await set.waitFor(() => set.record?.data?.etcdVersion === '3.6', { what: 'the record says 3.6' });
    await set.delete([0]);
    set.useImage('3.6');
    await set.start(0);
    await set.voters([0]);
    await set.nothingLost(0);
  });

  // Joiners that race on 3.5 leave refused entries in the log, which 3.6 must refuse again when it replays them.
  for (const [from, to] of [
    ['3.5', '3.6'],
    ['3.6', '3.7'],
  ] as const) {
    scenario(
      `a rolling upgrade of three from ${from} to ${to}`,
      { replicas: 3, image: from },
      async (set, expect) => {
        const before = await set.up();
        await set.write(0, 5);
        set.useImage(to);
        for (const ordinal of [2, 1, 0]) {
          await set.replace([ordinal]);
          await set.voters([0, 1, 2]);
        }
        expect(await set.members(0)).toEqual(before);
        await set.waitFor(() => set.record?.data?.etcdVersion === to, { what: `the record says ${to}` });
        await set.nothingLost(0, 1, 2);
      },
    );
  }
});
