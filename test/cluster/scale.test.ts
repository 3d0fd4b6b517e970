// `kubectl scale` is all it takes: membership follows, by any number of steps.
import { expect, test } from 'vitest';
import type { Member } from '../../scripts/release/members.ts';
import { useScene } from './support/scene.ts';

const scene = useScene('scale');
let clusterId: string;
let members: Member[];

const idOf = (list: readonly Member[], name: string): string | undefined =>
  list.find(member => member.name === name)?.id;

test('three members install', async () => {
  const at = scene();
  await at.install();
  members = await at.voters(3);
  await at.record();
  clusterId = await at.expectNothingLost(3);
});

for (const [from, to] of [
  [3, 5],
  [5, 3],
  [3, 1],
  [1, 3],
] as const) {
  test(`kubectl scale from ${from} to ${to}`, async () => {
    const at = scene();
    await at.kubectl('scale', 'statefulset', 'etcd', `--replicas=${to}`);
    const after = await at.voters(to);
    const stayed = members.slice(0, Math.min(from, to));
    expect(stayed.map(({ name }) => idOf(after, name))).toEqual(stayed.map(({ id }) => id));
    // A member that left never comes back under its old ID.
    const returned = after.slice(from).filter(({ id }) => members.some(member => member.id === id));
    expect(returned).toEqual([]);
    members = after;
    expect(await at.expectNothingLost(to)).toBe(clusterId);
  });
}

test('kubectl scale to 0 hibernates: everybody returns with its data and its ID', async () => {
  const at = scene();
  await at.kubectl('scale', 'statefulset', 'etcd', '--replicas=0');
  await at.voters(0);
  await at.kubectl('scale', 'statefulset', 'etcd', '--replicas=3');
  expect(await at.voters(3)).toEqual(members);
  expect(await at.expectNothingLost(3)).toBe(clusterId);
});
