// Two releases in one namespace have nothing to do with each other.
import { expect, test } from 'vitest';
import { useScene } from './support/scene.ts';

const scene = useScene('neighbours');
const sets = ['red-etcd', 'blue-etcd'];

test('two releases form two clusters', async () => {
  const at = scene();
  await Promise.all(['red', 'blue'].map(release => at.install({ release })));
  await Promise.all(sets.map(set => at.voters(3, set)));
  for (const set of sets) await at.record(set);
  const [red, blue] = [await at.expectNothingLost(3, 'red-etcd'), await at.expectNothingLost(3, 'blue-etcd')];
  expect(red).not.toBe(blue);
});

test('each client Service reaches its own release alone', async () => {
  const at = scene();
  for (const set of sets) {
    const question = { endpoints: [at.service(set)], path: '/v3/cluster/member/list', body: {} };
    const { members } = (await at.ask('call', question)) as { members: { name: string }[] };
    expect(members.map(({ name }) => name).sort()).toEqual([0, 1, 2].map(n => `${set}-${n}`));
  }
});

test('uninstalling one leaves the other as it is', async () => {
  const at = scene();
  const before = await at.voters(3, 'blue-etcd');
  await at.uninstall('red');
  await expect
    .poll(() => at.kubectl('get', 'pods', '--output=name', '--selector=app.kubernetes.io/instance=red'), {
      timeout: 60_000,
    })
    .toBe('');
  expect(await at.voters(3, 'blue-etcd')).toEqual(before);
  await at.expectNothingLost(3, 'blue-etcd');
});
