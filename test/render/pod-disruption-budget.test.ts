import { expect, test } from 'vitest';
import { render } from '../support/helm.ts';
import type { JsonObject } from '../support/json.ts';
import type { PodDisruptionBudget } from '../support/objects.ts';

async function budget(values: JsonObject = {}): Promise<PodDisruptionBudget> {
  return (await render(values)).by('PodDisruptionBudget', 'etcd');
}

test('lets drains take one member at a time', async () => {
  const { spec } = await budget();
  expect([spec.maxUnavailable, spec.minAvailable]).toEqual([1, undefined]);
});

test.each([0, 1, 2, '20%'])('takes %j from the values', async maxUnavailable => {
  expect((await budget({ podDisruptionBudget: { maxUnavailable } })).spec.maxUnavailable).toBe(
    maxUnavailable,
  );
});

test.each(['IfHealthyBudget', 'AlwaysAllow'])(
  'takes the eviction policy %s from the values',
  async policy => {
    const { spec } = await budget({ podDisruptionBudget: { unhealthyPodEvictionPolicy: policy } });
    expect(spec.unhealthyPodEvictionPolicy).toBe(policy);
  },
);

test.each([
  ['no members', { replicaCount: 0 }],
  ['one member, which could never be drained', { replicaCount: 1 }],
  ['somebody who wants none', { podDisruptionBudget: { enabled: false } }],
])('is not there for %s', async (_, values) => {
  const { manifests } = await render(values);
  expect(manifests.map(({ kind }) => kind)).not.toContain('PodDisruptionBudget');
});

test('is there from two members on', async () => {
  expect((await budget({ replicaCount: 2 })).spec.maxUnavailable).toBe(1);
});

// Kubernetes takes nothing but a number that has to stay for pods whose controller has no scale.
test.each([
  [3, 1, 2],
  [5, 2, 3],
  [3, 0, 3],
  [3, 9, 0],
  [3, '20%', 2],
  [3, '34%', 1],
  [5, '40%', 3],
  [5, '41%', 2],
])('of %i members of the operator, %j may go and %i stay', async (replicaCount, maxUnavailable, stay) => {
  const values = { mode: 'operator', replicaCount, podDisruptionBudget: { maxUnavailable } };
  const { spec } = await budget(values);
  expect([spec.minAvailable, spec.maxUnavailable]).toEqual([stay, undefined]);
});
