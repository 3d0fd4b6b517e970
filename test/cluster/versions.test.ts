// The three etcd minors under one chart, and the rolling upgrade from one to the next.
import { expect, test } from 'vitest';
import { type Member, memberStatus } from '../../scripts/release/members.ts';
import { versions } from '../../scripts/tools/catalogue.ts';
import { type Scene, useScene } from './support/scene.ts';

const scene = useScene('versions');
const tagged = (version: string) => ({ image: { tag: `v${version}` } });

/** The etcd version that each member runs, by its own account. */
async function running(at: Scene, set: string, members: readonly Member[]): Promise<string[]> {
  const statuses = await Promise.all(members.map(({ name }) => memberStatus(at.set(set), name)));
  return statuses.map(({ version }) => version);
}

test('etcd 3.5 installs, grows and shrinks', async () => {
  const at = scene();
  const version = versions.etcd['3.5'];
  await at.install({ release: 'old', values: { ...tagged(version), replicaCount: 1 } });
  await at.voters(1, 'old-etcd');
  await at.record('old-etcd');
  await at.kubectl('scale', 'statefulset', 'old-etcd', '--replicas=3');
  const members = await at.voters(3, 'old-etcd');
  expect(await running(at, 'old-etcd', members)).toEqual([version, version, version]);
  const clusterId = await at.expectNothingLost(3, 'old-etcd');
  await at.kubectl('scale', 'statefulset', 'old-etcd', '--replicas=1');
  await at.voters(1, 'old-etcd');
  expect(await at.expectNothingLost(1, 'old-etcd')).toBe(clusterId);
});

test('a cluster of etcd 3.6 is upgraded to 3.7 while it serves', async () => {
  const at = scene();
  const [from, to] = [versions.etcd['3.6'], versions.etcd['3.7']];
  await at.install({ values: tagged(from) });
  const before = await at.voters(3);
  expect(await running(at, 'etcd', before)).toEqual([from, from, from]);
  await at.record();
  const clusterId = await at.expectNothingLost(3);

  await at.written();
  await at.install({ values: tagged(to) });
  const after = await at.voters(3, 'etcd', 180_000);
  // Members restart one by one and hand leadership over first: never an outage, a busy machine allowed for.
  expect((await at.written()).longestGap).toBeLessThan(5000);
  expect(after).toEqual(before);
  expect(await running(at, 'etcd', after)).toEqual([to, to, to]);
  expect(await at.expectNothingLost(3)).toBe(clusterId);
});
