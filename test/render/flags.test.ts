// The flags of etcd, by minor.
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { versions } from '../../scripts/tools/catalogue.ts';
import { tool } from '../../scripts/tools/tool.ts';
import type { JsonObject } from '../support/json.ts';
import { everything } from '../support/permutations.ts';
import { container, renderPod } from '../support/pod.ts';

const minors = Object.entries(versions.etcd);

/** Returns the flags that the template gives to etcd, name to value. */
async function flags(values: JsonObject = {}): Promise<Record<string, string>> {
  const { args = [] } = container(await renderPod(values), 'etcd');
  return Object.fromEntries(
    args.map(argument => /^--([^=]+)=(.*)$/.exec(argument)?.slice(1) ?? [argument, '']),
  );
}

test('are these by default', async () => {
  expect(await flags()).toEqual({
    'auto-compaction-mode': 'periodic',
    'auto-compaction-retention': '1h',
    'election-timeout': '1000',
    'feature-gates': 'CompactHashCheck=true,InitialCorruptCheck=true',
    'heartbeat-interval': '100',
    'log-format': 'json',
    'log-level': 'info',
    'quota-backend-bytes': '4294967296',
    'snapshot-count': '10000',
    'strict-reconfig-check': 'true',
  });
});

test('come from the values, large numbers written out', async () => {
  expect(await flags(everything)).toEqual({
    'auto-compaction-mode': 'revision',
    'auto-compaction-retention': '10000',
    'election-timeout': '2500',
    'feature-gates': 'CompactHashCheck=false,InitialCorruptCheck=false,StopGRPCServiceOnDefrag=true',
    'heartbeat-interval': '250',
    'log-format': 'console',
    'log-level': 'debug',
    'quota-backend-bytes': '8589934592',
    'snapshot-count': '1000000',
    'strict-reconfig-check': 'true',
    'max-txn-ops': '1000000',
    'pre-vote': 'false',
    metrics: 'extensive',
  });
});

describe.each(minors)('etcd %s', (minor, version) => {
  const image = { tag: `v${version}` };

  test('knows every flag and gate', async () => {
    // With --version etcd reads its flags, complains, and starts nothing.
    const etcd = await tool('etcd', { version: minor });
    for (const values of [{ image }, { image, config: { featureGates: { InitialCorruptCheck: false } } }]) {
      const { args = [] } = container(await renderPod(values), 'etcd');
      const { stdout } = await execa(etcd, [...args, '--version'], { env: {}, extendEnv: false });
      expect(stdout).toContain(`etcd Version: ${version}`);
    }
  });

  test('compares the members data at start and after each compaction', async () => {
    const given = await flags({ image });
    if (minor === '3.5')
      expect(given).toMatchObject({
        'experimental-initial-corrupt-check': 'true',
        'experimental-compact-hash-check-enabled': 'true',
      });
    else expect(given['feature-gates']).toBe('CompactHashCheck=true,InitialCorruptCheck=true');
  });

  test('compares nothing when told so', async () => {
    const given = await flags({
      image,
      config: { featureGates: { CompactHashCheck: false, InitialCorruptCheck: false } },
    });
    if (minor === '3.5')
      expect(given).toMatchObject({
        'experimental-initial-corrupt-check': 'false',
        'experimental-compact-hash-check-enabled': 'false',
      });
    else expect(given['feature-gates']).toBe('CompactHashCheck=false,InitialCorruptCheck=false');
  });

  test('gets only flags of its time', async () => {
    const names = Object.keys(await flags({ image }));
    const old = names.filter(name => name.startsWith('experimental-'));
    const recent = names.filter(name => ['feature-gates', 'log-format'].includes(name));
    expect([old.length > 0, recent.length > 0]).toEqual(minor === '3.5' ? [true, false] : [false, true]);
  });

  test('leaves to the scripts what differs between members', async () => {
    for (const name of Object.keys(await flags({ image })))
      expect(name).not.toMatch(
        /^(name|.*-dir|listen-.*|.*advertise-.*|initial-cluster.*|force-new-cluster|max-learners)$/,
      );
  });
});

test.each(['3.6.16', 'v3.6.16', 'v3.6.16-arm64'])('follow the minor of the tag %s', async tag => {
  expect(await flags({ image: { tag } })).toEqual(await flags({ image: { tag: 'v3.6.16' } }));
});

test.each([
  [0, '0'],
  ['0', '0'],
  ['30m', '30m'],
])('keep the retention %j, also when it is nothing', async (autoCompactionRetention, expected) => {
  expect((await flags({ config: { autoCompactionRetention } }))['auto-compaction-retention']).toBe(expected);
});
