import { describe } from 'vitest';
import { Writer } from './support/history/writer.ts';
import { scenario } from './support/scenario.ts';
import type { EtcdSet } from './support/set.ts';

/** Leadership changes only by a handover, however busy the machine is. */
const steady = ['--election-timeout=5000'];
const nxdomain = { aaaa: 'nxdomain' } as const;

/** Installs a set while names and ports are as usual, so that only what follows can fail. */
async function installed(set: EtcdSet): Promise<void> {
  await set.up();
  await set.write(0, 5);
}

describe.concurrent('members that have names', () => {
  scenario('install, and keep their member list over a restart', { dns: {} }, async (set, expect) => {
    const before = await set.up();
    expect(before.map(({ peerUrl }) => peerUrl)).toEqual([0, 1, 2].map(ordinal => set.peerUrl(ordinal)));
    await set.write(1, 5);
    await set.replace([2]);
    expect(await set.voters([0, 1, 2])).toEqual(before);
    await set.nothingLost(0, 1, 2);
  });
});

/** Restarts the leader's pod; returns whether it handed over leadership. Throws when the member list changed. */
async function handsOver(set: EtcdSet): Promise<boolean> {
  const before = await set.members(0);
  await set.lead(2);
  await set.replace([2]);
  await set.voters([0, 1, 2]);
  const after = await set.members(0);
  if (JSON.stringify(after) !== JSON.stringify(before))
    throw new Error('the restart changed the member list');
  return set.lastWords(2).some(line => /leadership goes from etcd-2/.test(line));
}

/** Scales from three to one while a client writes; returns the number of writes that were acknowledged meanwhile. */
async function scalesIn(set: EtcdSet): Promise<number> {
  const before = set.acknowledged;
  const writer = new Writer(set);
  try {
    await set.scale(1);
  } finally {
    await writer.stop();
  }
  return set.acknowledged - before;
}

describe.concurrent('a DNS server that answers NXDOMAIN for a missing IPv6 address', () => {
  scenario('does not keep three members from becoming voters', { dns: nxdomain }, async (set, expect) => {
    expect(await set.up()).toHaveLength(3);
    await set.nothingLost(0, 1, 2);
  });

  scenario(
    'does not keep a pod that restarts from handing over leadership',
    { dns: {}, flags: steady },
    async (set, expect) => {
      await installed(set);
      set.resolve(nxdomain);
      expect(await handsOver(set)).toBe(true);
      await set.nothingLost(0, 1, 2);
    },
  );

  scenario('does not keep members from leaving', { dns: {} }, async (set, expect) => {
    await installed(set);
    set.resolve(nxdomain);
    expect(await scalesIn(set)).toBeGreaterThan(0);
    expect(await set.members(0)).toHaveLength(1);
    await set.write(0, 5);
    await set.nothingLost(0);
  });
});

describe.concurrent('a DNS server that answers SERVFAIL for a missing IPv6 address', () => {
  scenario(
    'does not keep three members from becoming voters',
    { dns: { aaaa: 'servfail' } },
    async (set, expect) => {
      expect(await set.up()).toHaveLength(3);
      await set.nothingLost(0, 1, 2);
    },
  );
});

describe.concurrent('a NetworkPolicy that blocks the metrics port between pods', () => {
  scenario(
    'does not keep three members from becoming voters',
    { metricsBlocked: true },
    async (set, expect) => {
      expect(await set.up()).toHaveLength(3);
      await set.nothingLost(0, 1, 2);
    },
  );

  scenario(
    'does not keep a pod that restarts from handing over leadership',
    { metricsBlocked: true, flags: steady },
    async (set, expect) => {
      await set.blockMetrics(false);
      await installed(set);
      await set.blockMetrics(true);
      expect(await handsOver(set)).toBe(true);
      await set.nothingLost(0, 1, 2);
    },
  );

  scenario('does not keep members from leaving', { metricsBlocked: true }, async (set, expect) => {
    await set.blockMetrics(false);
    await installed(set);
    await set.blockMetrics(true);
    expect(await scalesIn(set)).toBeGreaterThan(0);
    expect(await set.members(0)).toHaveLength(1);
    await set.write(0, 5);
    await set.nothingLost(0);
  });
});
