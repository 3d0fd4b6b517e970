// Volumes that cannot be made: the wait ends with the reason, and nothing stands in the way of the next try.
import { expect, test } from 'vitest';
import { useScene } from './support/scene.ts';

const scene = useScene('storage');

test('a storage class that does not exist is named, and the right one installs after it', async () => {
  const at = scene();
  await at.install({ values: { replicaCount: 1, persistence: { storageClass: 'no-such-class' } } });
  await expect(at.voters(1, 'etcd', 5000)).rejects.toThrow(
    /does not have 1 healthy voters after 5 s: etcd-0 is Pending .*"no-such-class" not found/s,
  );
  await at.uninstall();
  await at.kubectl('delete', 'persistentvolumeclaims', '--all');
  await at.install({ values: { replicaCount: 1 } });
  await at.voters(1);
});
