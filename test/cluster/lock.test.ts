// A lock is what most people run etcd for: many contenders, and leaders that die in each way there is.
import { expect, test } from 'vitest';
import { contestFaults } from '../../scripts/client/faults.ts';
import { leaderPod } from '../../scripts/release/members.ts';
import { killEtcd } from './support/node.ts';
import { type Scene, useScene } from './support/scene.ts';

const scene = useScene('lock');

const deaths: Record<string, (at: Scene, pod: string) => Promise<unknown>> = {
  'its pod is deleted': (at, pod) => at.kubectl('delete', 'pod', pod, '--wait=false'),
  'its process is killed': (at, pod) => killEtcd(at, pod),
  'its pod is torn out': (at, pod) =>
    at.kubectl('delete', 'pod', pod, '--grace-period=0', '--force', '--wait=false'),
};

test('one holder at a time, rising tokens, no write with an old one, while leaders die', async () => {
  const at = scene();
  await at.install();
  await at.voters(3);
  await at.record();
  const id = `${at.namespace}/lock`;
  const endpoints = at.endpoints(3);
  const contenders = ['Ada', 'Ben', 'Cem', 'Dua', 'Eva'];
  // Every fourth hold is of a contender that hangs: its lease must run out, and its late write be refused.
  await at.ask('contest/start', { id, endpoints, key: 'lock', contenders, ttl: 3, hold: 300, hangEvery: 4 });
  const holds = async () => (await at.ask('contest/holds', { id })).length;
  const handedOver = async (more: number) => {
    const from = await holds();
    await expect.poll(holds, { timeout: 60_000, interval: 100 }).toBeGreaterThanOrEqual(from + more);
  };
  await handedOver(3);
  for (const kill of Object.values(deaths)) {
    await kill(at, await leaderPod(at.set()));
    await handedOver(4);
    await at.voters(3);
  }
  // The lock is not fair: who comes next is chance, so the contest goes on until everybody had it.
  const winners = async () =>
    new Set((await at.ask('contest/holds', { id })).map(({ contender }) => contender)).size;
  await expect.poll(winners, { timeout: 120_000, interval: 250 }).toBe(contenders.length);
  const all = await at.ask('contest/stop', { id }, 60_000);
  const writes = await at.ask('contest/writes', { endpoints, key: 'lock' });
  expect(contestFaults(all, writes)).toEqual([]);
  const hung = all.filter(({ hung }) => hung);
  expect(hung.filter(({ refusedAfterwards }) => refusedAfterwards).length).toBeGreaterThan(0);
  await at.expectNothingLost(3);
});
