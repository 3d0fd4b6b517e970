// Volumes of every kind that one machine has: a class made by the chart, local volumes that exist, and one volume that
// all members share.
import { afterAll, expect, test } from 'vitest';
import type { Claim, ConfigMap } from '../../scripts/release/objects.ts';
import { nodesOf, onNode } from './support/node-shell.ts';
import { type Scene, useScene } from './support/scene.ts';

/** Volumes of 1 GiB are too small for the chart's default quota. */
const SMALL_QUOTA = { quotaBackendBytes: 256 * 2 ** 20 };

const cleanUps: (() => Promise<unknown>)[] = [];
// Registered first, so that it runs after the scene has closed.
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

const scene = useScene('volumes');

async function claim(at: Scene, name: string): Promise<Claim> {
  return at.api.json<Claim>('GET', at.core(`persistentvolumeclaims/${name}`));
}

async function podUids(at: Scene, ...pods: string[]): Promise<string[]> {
  return Promise.all(pods.map(async pod => (await at.pod(pod)).metadata.uid));
}

/** Deletes a release's pods and claims, whose members would take the next test's time. */
async function discard(at: Scene, release: string): Promise<void> {
  await at.uninstall(release);
  const selector = `--selector=app.kubernetes.io/instance=${release}`;
  await at.kubectl('delete', 'pods', selector, '--grace-period=0', '--force', '--wait=false');
  await at.kubectl('delete', 'persistentvolumeclaims', selector, '--wait=false');
}

test('claims of a class that the chart makes grow as docs/storage.md says, and no pod restarts', async () => {
  const at = scene();
  const release = 'etcd-class';
  const values = (size: string): object => ({
    replicaCount: 2,
    persistence: {
      size,
      class: { create: true, provisioner: 'rancher.io/local-path', reclaimPolicy: 'Delete' },
    },
    config: SMALL_QUOTA,
  });
  await at.install({ release, values: values('1Gi') });
  await at.voters(2, release);
  const { spec } = await claim(at, `data-${release}-1`);
  expect(spec.storageClassName).toBe(`${at.namespace}-${release}`);
  const pods = await podUids(at, `${release}-0`, `${release}-1`);
  await expect(at.install({ release, values: values('2Gi') })).rejects.toThrow(
    /volumeClaimTemplates.*immutable/s,
  );
  const larger = '{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}';
  for (const name of [`data-${release}-0`, `data-${release}-1`])
    await at.kubectl('patch', 'pvc', name, '--type=merge', `--patch=${larger}`);
  await at.kubectl('delete', 'statefulset', release, '--cascade=orphan');
  await at.install({ release, values: values('2Gi') });
  await at.voters(2, release);
  expect(await podUids(at, `${release}-0`, `${release}-1`)).toEqual(pods);
  await discard(at, release);
});

/** Makes a directory on each worker for a member's local volume; returns the nodes. All of it goes at the end. */
async function localVolumes(at: Scene, release: string, path: string): Promise<string[]> {
  const nodes = (await nodesOf(at.cluster.name)).filter(node => node.includes('worker')).sort();
  for (const node of nodes) {
    await onNode(node, 'mkdir', path);
    cleanUps.push(() => onNode(node, 'rm', '-r', path));
  }
  const volumes = nodes.map((_, ordinal) => `${at.namespace}-data-${release}-${ordinal}`);
  cleanUps.push(() => at.kubectl('delete', 'persistentvolume', ...volumes, '--wait=false'));
  return nodes;
}

test('members run where their local volumes are', async () => {
  const at = scene();
  const release = 'etcd-static';
  const path = `/var/${at.namespace}`;
  const nodes = await localVolumes(at, release, path);
  const values = {
    replicaCount: nodes.length,
    persistence: { size: '1Gi', static: nodes.map(node => ({ node, local: { path } })) },
    config: SMALL_QUOTA,
  };
  await at.install({ release, values });
  await at.voters(nodes.length, release);
  const pods = await Promise.all(nodes.map((_, ordinal) => at.pod(`${release}-${ordinal}`)));
  expect(pods.map(pod => pod.spec.nodeName)).toEqual(nodes);
  await at.record(release);
  await at.expectNothingLost(nodes.length, release);
  await discard(at, release);
});

test('members share a volume, each in its own directory, and one whose directory was moved away joins anew', async () => {
  const at = scene();
  const release = 'etcd-shared';
  const [node = ''] = (await nodesOf(at.cluster.name)).filter(name => name.includes('worker')).sort();
  const path = `/var/${at.namespace}-shared`;
  await onNode(node, 'mkdir', path);
  cleanUps.push(() => onNode(node, 'rm', '-r', path));
  cleanUps.push(() =>
    at.kubectl('delete', 'persistentvolume', `${at.namespace}-data-${release}`, '--wait=false'),
  );
  // Kubernetes leaves the owner of such a volume as it is.
  await onNode(node, 'chown', '65532:65532', path);
  const values = {
    replicaCount: 3,
    persistence: {
      shared: true,
      accessModes: ['ReadWriteMany'],
      size: '1Gi',
      static: [{ node, hostPath: { path, type: 'Directory' } }],
    },
    config: SMALL_QUOTA,
  };
  await at.install({ release, values });
  const before = await at.voters(3, release);
  await at.record(release);
  expect((await onNode(node, 'ls', path)).split('\n').filter(Boolean)).toEqual(
    [0, 1, 2].map(ordinal => `${release}-${ordinal}`),
  );
  const record = await at.api.json<ConfigMap>('GET', at.core(`configmaps/${release}-cluster`));
  expect(record.metadata.ownerReferences?.map(({ name }) => name)).toEqual([`data-${release}`]);
  const directory = `/var/lib/etcd/${release}-1`;
  const move = ['/opt/busybox/bin/mv', directory, `${directory}.aside`];
  await at.kubectl('exec', `${release}-0`, '--container=etcd', '--', ...move);
  await at.kubectl('delete', 'pod', `${release}-1`, '--wait=false');
  const after = await at.voters(3, release);
  expect(after.map(({ id }) => before.some(member => member.id === id))).toEqual([true, false, true]);
  await at.expectNothingLost(3, release);
  // Uninstalling keeps the claim, and installing again takes it as its own.
  await at.uninstall(release);
  await at.install({ release, values });
  expect((await at.voters(3, release)).map(({ id }) => id)).toEqual(after.map(({ id }) => id));
  await at.expectNothingLost(3, release);
  await discard(at, release);
});

test('a local volume whose claim was lost is given to the next one by the documented command', async context => {
  if (process.env.VOLUMES !== 'all')
    context.skip('takes longer than a minute: VOLUMES=all npm run test:cluster -- test/cluster/volumes');
  const at = scene();
  const release = 'etcd-released';
  const path = `/var/${at.namespace}-released`;
  const nodes = await localVolumes(at, release, path);
  const values = {
    replicaCount: nodes.length,
    persistence: { size: '1Gi', static: nodes.map(node => ({ node, local: { path } })) },
    config: SMALL_QUOTA,
  };
  await at.install({ release, values });
  const before = await at.voters(nodes.length, release);
  const pods = await Promise.all(nodes.map((_, ordinal) => at.pod(`${release}-${ordinal}`)));
  await at.record(release);
  await at.kubectl('delete', 'pvc', `data-${release}-1`, '--wait=false');
  await at.kubectl('delete', 'pod', `${release}-1`, '--wait=false');
  const { uid } = pods[1]?.metadata ?? {};
  const volume = `${at.namespace}-data-${release}-1`;
  await at.until(`${volume} is released`, async () => {
    const phase = await at.kubectl('get', 'persistentvolume', volume, '--output=jsonpath={.status.phase}');
    return phase === 'Released';
  });
  const unbind = '[{"op":"remove","path":"/spec/claimRef/uid"}]';
  await at.kubectl('patch', 'persistentvolume', volume, '--type=json', `--patch=${unbind}`);
  const after = await at.voters(nodes.length, release);
  expect((await at.pod(`${release}-1`)).metadata.uid).not.toBe(uid);
  expect(after.map(({ id }) => id === before.find(member => member.id === id)?.id)).toEqual(
    nodes.map((_, ordinal) => ordinal !== 1),
  );
  expect(await at.log(`${release}-1`, 'etcd')).toMatch(/^archive: .* the volume is foreign/m);
  expect(await onNode(nodes[1] ?? '', 'ls', `${path}/archive`)).toMatch(/^1-/);
  await at.expectNothingLost(nodes.length, release);
  await discard(at, release);
});
