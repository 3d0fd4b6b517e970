// `kubectl scale` and then `helm upgrade`: who owns `replicas` is not the same in Helm 4 and Helm 3.
import { expect, test } from 'vitest';
import { useScene } from './support/scene.ts';

const scene = useScene('helm');

test('Helm 4 refuses to upgrade after kubectl scale until replicaCount is the live number', async () => {
  const at = scene();
  await at.install({ release: 'four', values: { replicaCount: 1 } });
  await at.voters(1, 'four-etcd');
  await at.record('four-etcd');
  await at.kubectl('scale', 'statefulset', 'four-etcd', '--replicas=3');
  const scaled = await at.voters(3, 'four-etcd');

  await expect(at.install({ release: 'four', values: { replicaCount: 1 } })).rejects.toThrow(
    /conflict with "kubectl" with subresource "scale".*\.spec\.replicas/s,
  );
  expect(await at.voters(3, 'four-etcd')).toEqual(scaled);

  await at.install({ release: 'four', values: { replicaCount: 3 } });
  expect(await at.voters(3, 'four-etcd')).toEqual(scaled);
  await at.expectNothingLost(3, 'four-etcd');
});

test('Helm 3 silently scales back to replicaCount, and the members leave with all data kept', async () => {
  const at = scene();
  await at.install({ release: 'three', helm: 'helm3', values: { replicaCount: 1 } });
  const [founder] = await at.voters(1, 'three-etcd');
  await at.record('three-etcd');
  await at.kubectl('scale', 'statefulset', 'three-etcd', '--replicas=3');
  await at.voters(3, 'three-etcd');
  const clusterId = await at.expectNothingLost(3, 'three-etcd');

  await at.install({ release: 'three', helm: 'helm3', values: { replicaCount: 1 } });
  expect(await at.voters(1, 'three-etcd')).toEqual([founder]);
  expect(await at.expectNothingLost(1, 'three-etcd')).toBe(clusterId);

  await at.install({ release: 'three', helm: 'helm3', values: { replicaCount: 3 } });
  await at.voters(3, 'three-etcd');
  expect(await at.expectNothingLost(3, 'three-etcd')).toBe(clusterId);
});
