import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nodeContainers, type Runtime, removeLostNodes } from '../../scripts/cluster/containers.ts';
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

test('a lost node is removed although podman finds out only at the first attempt that it has stopped', async () => {
  const box = await sandbox();
  const calls = join(box.root, 'calls');
  const podman = await box.script('bin/podman', [
    `echo "$*" >> "${calls}"`,
    'case "$*" in',
    'ps*) printf "etcd-control-plane\\netcd-worker\\n" ;;',
    '"exec etcd-control-plane true") ;;',
    'exec*) exit 255 ;;',
    `rm*) [ "$(grep -c '^rm' "${calls}")" = 2 ] || { echo "could not be stopped" >&2; exit 125; } ;;`,
    'esac',
  ]);
  await removeLostNodes({ name: podman, env: {} } as unknown as Runtime, 'etcd');
  const removals = (await readFile(calls, 'utf8')).split('\n').filter(call => call.startsWith('rm'));
  expect(removals).toEqual(Array(2).fill('rm --force --volumes etcd-worker'));
});
