import { expect, test } from 'vitest';
import { nodeContainers, type Runtime } from '../../scripts/cluster/containers.ts';
import { sandbox } from './sandbox.ts';

test('a node that the runtime takes for running is lost when nothing can be run in it', async () => {
  const box = await sandbox();
  const podman = await box.script('bin/podman', [
    'case "$*" in',
    'ps*--all*) printf "etcd-control-plane\\netcd-worker\\netcd-worker2\\n" ;;',
    'ps*) printf "etcd-control-plane\\netcd-worker\\n" ;;',
    '"exec etcd-control-plane true") ;;',
    '*) echo "cannot exec in a stopped container" >&2; exit 255 ;;',
    'esac',
  ]);
  const runtime = { name: podman, env: {} } as unknown as Runtime;
  expect(await nodeContainers(runtime, 'etcd')).toEqual([
    { name: 'etcd-control-plane', state: 'running' },
    { name: 'etcd-worker', state: 'lost' },
    { name: 'etcd-worker2', state: 'stopped' },
  ]);
});
