import { scenario } from './support/scenario.ts';

scenario('three members form from nothing', { replicas: 3 }, async (set, expect) => {
  await set.start(0, 1, 2);
  const members = await set.voters([0, 1, 2]);
  expect(members.map(member => member.name)).toEqual(['etcd-0', 'etcd-1', 'etcd-2']);
});
