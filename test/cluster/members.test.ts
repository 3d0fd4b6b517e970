// One install of three members, and everything that may happen to them while Kubernetes wants three.
import { expect, test } from 'vitest';
import { decode, encode, type RangeAnswer } from '../../scripts/client/gateway.ts';
import { leaderPod, type Member } from '../../scripts/release/members.ts';
import type { Claim, ConfigMap } from '../../scripts/release/objects.ts';
import { killEtcd } from './support/node.ts';
import { type Scene, useScene } from './support/scene.ts';

const scene = useScene('members');
const ids = (members: readonly Member[]): string[] => members.map(({ id }) => id);
let clusterId: string;

async function put(at: Scene, endpoint: string, key: string, value: string): Promise<void> {
  const body = { key: encode(key), value: encode(value) };
  await at.ask('call', { endpoints: [endpoint], path: '/v3/kv/put', body });
}

async function get(at: Scene, endpoint: string, key: string): Promise<string | undefined> {
  const question = { endpoints: [endpoint], path: '/v3/kv/range', body: { key: encode(key) } };
  const answer = (await at.ask('call', question)) as RangeAnswer;
  return answer.kvs?.map(({ value }) => decode(value))[0];
}

test('three members install under Pod Security restricted and record their cluster', async () => {
  const at = scene();
  await at.install();
  const members = await at.voters(3);
  expect(members.map(({ name }) => name)).toEqual(['etcd-0', 'etcd-1', 'etcd-2']);
  await at.record();
  clusterId = await at.expectNothingLost(3);
  const record = await at.api.json<ConfigMap>('GET', at.core('configmaps/etcd-cluster'));
  expect(record.data?.phase).toBe('formed');
  expect(record.data?.clusterId).toBe(BigInt(clusterId).toString(16).padStart(16, '0'));
  const claims = await Promise.all(
    [0, 1, 2].map(n => at.api.json<Claim>('GET', at.core(`persistentvolumeclaims/data-etcd-${n}`))),
  );
  expect(claims.map(({ metadata }) => metadata.annotations?.['etcd-chart/generation'])).toEqual(
    claims.map(() => record.data?.generation),
  );
  expect(record.metadata.ownerReferences?.map(({ uid }) => uid).sort()).toEqual(
    claims.map(({ metadata }) => metadata.uid).sort(),
  );
});

test('a write through the Service or any member is read through every other way in', async () => {
  const at = scene();
  const ways = [at.service(), ...at.endpoints(3)];
  for (const way of ways) {
    await put(at, way, `through ${way}`, 'kept');
    const read = await Promise.all(ways.map(other => get(at, other, `through ${way}`)));
    expect(read).toEqual(ways.map(() => 'kept'));
  }
});

test("deleting the leader's pod changes nothing but who leads", async () => {
  const at = scene();
  const before = await at.voters(3);
  const leader = await leaderPod(at.set());
  const { uid } = (await at.pod(leader)).metadata;
  await at.written();
  await at.kubectl('delete', 'pod', leader, '--wait=false');
  expect(ids(await at.voters(3))).toEqual(ids(before));
  expect((await at.pod(leader)).metadata.uid).not.toBe(uid);
  expect(await leaderPod(at.set())).not.toBe(leader);
  expect(await at.expectNothingLost(3)).toBe(clusterId);
});

test('kill -9 of one etcd restarts its container and no more', async () => {
  const at = scene();
  const before = await at.voters(3);
  const { uid } = (await at.pod('etcd-1')).metadata;
  const restarts = (await etcdRestarts(at, 'etcd-1')) ?? 0;
  await killEtcd(at, 'etcd-1');
  await expect.poll(() => etcdRestarts(at, 'etcd-1'), { timeout: 60_000, interval: 200 }).toBe(restarts + 1);
  expect(ids(await at.voters(3))).toEqual(ids(before));
  expect((await at.pod('etcd-1')).metadata.uid).toBe(uid);
  expect(await at.expectNothingLost(3)).toBe(clusterId);
});

test('all members return after every pod was killed at once', async () => {
  const at = scene();
  const before = await at.voters(3);
  await at.kubectl(
    'delete',
    'pod',
    'etcd-0',
    'etcd-1',
    'etcd-2',
    '--grace-period=0',
    '--force',
    '--wait=false',
  );
  expect(ids(await at.voters(3))).toEqual(ids(before));
  expect(await at.expectNothingLost(3)).toBe(clusterId);
});

// The founder is the one that could take its empty volume for a new cluster; the leader takes the cluster's head.
for (const [who, victim] of [
  ['the founder', async () => 'etcd-0'],
  ['the leader', (at: Scene) => leaderPod(at.set())],
] as const) {
  test(`${who} heals to a new voter after its pod and its volume claim are gone`, async () => {
    const at = scene();
    const before = await at.voters(3);
    const pod = await victim(at);
    const claim = `data-${pod}`;
    const { uid } = (await at.api.json<Claim>('GET', at.core(`persistentvolumeclaims/${claim}`))).metadata;
    await at.kubectl('delete', 'persistentvolumeclaim', claim, '--wait=false');
    await at.kubectl('delete', 'pod', pod, '--wait=false');
    const after = await at.voters(3);
    const changed = after.filter(({ id }) => !ids(before).includes(id)).map(({ name }) => name);
    expect(changed).toEqual([pod]);
    const renewed = await at.api.json<Claim>('GET', at.core(`persistentvolumeclaims/${claim}`));
    expect(renewed.metadata.uid).not.toBe(uid);
    expect(await at.expectNothingLost(3)).toBe(clusterId);
  });
}

test('uninstalling keeps the volumes, and installing again brings the same members back', async () => {
  const at = scene();
  const before = await at.voters(3);
  await at.uninstall();
  await expect.poll(() => at.kubectl('get', 'pods', '--output=name'), { timeout: 60_000 }).toBe('');
  await at.install();
  expect(ids(await at.voters(3))).toEqual(ids(before));
  expect(await at.expectNothingLost(3)).toBe(clusterId);
});

async function etcdRestarts(at: Scene, pod: string): Promise<number | undefined> {
  const { status } = await at.pod(pod);
  return status.containerStatuses?.find(({ name }) => name === 'etcd')?.restartCount;
}
