// The request for a restore, as the values make it.
import { expect, test } from 'vitest';
import { render } from '../support/helm.ts';
import { container, environment, renderStatefulSet } from '../support/pod.ts';

const restore = { id: 'way-back.1', from: { member: 2, archive: '1-5f0c.20260102-030405' }, force: true };

test('a release requests no restore by default', async () => {
  expect((await render()).manifests.map(({ name }) => name)).not.toContain('etcd-restore');
});

test('the request has the keys and the name that the members read', async () => {
  const set = await renderStatefulSet({ restore });
  const { STATEFULSET = '' } = environment(container(set.spec.template.spec, 'etcd'));
  const { data } = (await render({ restore })).by('ConfigMap', `${STATEFULSET}-restore`);
  expect(data).toEqual({
    id: 'way-back.1',
    member: '2',
    archive: '1-5f0c.20260102-030405',
    force: 'true',
  });
});

test('a request for the data of the first member names no archive and forces nothing', async () => {
  const asked = { id: 'x', from: { member: 0 } };
  const { data } = (await render({ restore: asked })).by('ConfigMap', 'etcd-restore');
  expect(data).toEqual({ id: 'x', member: '0', force: 'false' });
});

// A rolling update would let two generations serve, or hang on a pod that cannot become Ready.
test('a request changes nothing in the pods', async () => {
  expect(await renderStatefulSet({ restore })).toEqual(await renderStatefulSet());
});
