// Without persistence data lives as long as its pods: while one of a quorum is left it is kept, and when all are
// gone a new cluster forms instead of everything being stuck.
import { expect, test } from 'vitest';
import type { RangeAnswer } from '../../scripts/client/gateway.ts';
import { etcdOf, signalProcess } from './support/node.ts';
import { type Scene, useScene } from './support/scene.ts';

const scene = useScene('ephemeral');
let clusterId: string;

/**
 * Deletes pods at once with all they hold. Their processes are stopped before: for a second the old ones would
 * still be a quorum that answers the new pods of their names.
 */
async function tearOut(at: Scene, ...pods: string[]): Promise<void> {
  const processes = await Promise.all(pods.map(pod => etcdOf(at, pod)));
  await Promise.all(processes.map(process => signalProcess(process, 'STOP')));
  await at.kubectl('delete', 'pod', ...pods, '--grace-period=0', '--force', '--wait=false');
}

test('three members install without volume claims', async () => {
  const at = scene();
  await at.install({ values: { persistence: { enabled: false } } });
  await at.voters(3);
  await at.record();
  clusterId = await at.expectNothingLost(3);
  expect(await at.kubectl('get', 'persistentvolumeclaims', '--output=name')).toBe('');
});

// Kubernetes 1.37 deletes at once all pods of a rolling update that it does not count as available, and those
// that became Ready a moment ago are among them.
test('a rolling update keeps all data, even right after the members came up', async () => {
  const at = scene();
  await at.install({ values: { persistence: { enabled: false }, podAnnotations: { round: 'two' } } });
  await at.voters(3, 'etcd', 180_000);
  expect((await at.written()).longestGap).toBeLessThan(5000);
  expect(await at.expectNothingLost(3)).toBe(clusterId);
});

test('all data is kept although every pod is replaced, one after the other', async () => {
  const at = scene();
  for (const pod of ['etcd-0', 'etcd-1', 'etcd-2']) {
    const before = await at.voters(3);
    await at.kubectl('delete', 'pod', pod, '--wait=false');
    const after = await at.voters(3);
    const changed = after.filter(({ id }) => before.every(member => member.id !== id));
    expect(changed.map(({ name }) => name)).toEqual([pod]);
    expect(await at.expectNothingLost(3)).toBe(clusterId);
  }
});

test('while one pod of three lives, the others form nothing new and its data stays readable', async () => {
  const at = scene();
  const { acknowledged } = await at.written();
  await tearOut(at, 'etcd-0', 'etcd-1');
  // Each has looked at everything there is, and says that it waits.
  for (const pod of ['etcd-0', 'etcd-1']) {
    await expect
      .poll(() => at.log(pod, 'etcd'), { timeout: 60_000, interval: 250 })
      .toMatch(/no quorum of cluster .* nothing is bootstrapped/);
  }
  const question = {
    endpoints: [at.member(2)],
    path: '/v3/kv/range',
    body: { key: 'AA==', range_end: 'AA==', serializable: true, count_only: true },
  };
  const { header, count } = (await at.ask('call', question)) as RangeAnswer;
  expect(header.cluster_id).toBe(clusterId);
  expect(Number(count)).toBeGreaterThanOrEqual(acknowledged);
  // Nobody else serves: a member that had founded would answer.
  for (const ordinal of [0, 1]) {
    const other = { ...question, endpoints: [at.member(ordinal)] };
    await expect(at.ask('call', other)).rejects.toThrow(/ECONNREFUSED/);
  }
});

test('a new cluster forms once the last pod is gone too', async () => {
  const at = scene();
  await tearOut(at, 'etcd-2');
  await at.voters(3);
  const formed = await at.expectOneHistory(3);
  expect(formed).not.toBe(clusterId);
});

test('a new cluster forms after all pods are lost at once', async () => {
  const at = scene();
  const before = await at.expectOneHistory(3);
  await tearOut(at, 'etcd-0', 'etcd-1', 'etcd-2');
  await at.voters(3);
  expect(await at.expectOneHistory(3)).not.toBe(before);
});
