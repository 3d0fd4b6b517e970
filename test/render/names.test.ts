import { describe, expect, test } from 'vitest';
import { type RenderOptions, refusal, render } from '../support/helm.ts';
import type { JsonObject } from '../support/json.ts';
import { container, environment, renderStatefulSet } from '../support/pod.ts';

/** Ends the name of the scripts' ConfigMap; changes with their content. */
const hash = /(?<=-scripts-)[0-9a-f]{10}$/;

/** Returns every name that a release takes in its namespace, `kind/name`, including the record that its pods create. */
async function names(values: JsonObject, options: RenderOptions): Promise<string[]> {
  const { manifests } = await render(values, options);
  const { RECORD } = environment(
    container((await renderStatefulSet(values, options)).spec.template.spec, 'etcd'),
  );
  return [
    ...manifests.map(({ kind, name }) => `${kind}/${name.replace(hash, '<hash>')}`),
    `ConfigMap/${RECORD}`,
  ].sort();
}

test.each([
  ['etcd', {}, 'etcd'],
  ['orders', {}, 'orders-etcd'],
  ['my-etcd-2', {}, 'my-etcd-2'],
  ['etcd', { nameOverride: 'store' }, 'etcd-store'],
  ['store-2', { nameOverride: 'store' }, 'store-2'],
  ['orders', { fullnameOverride: 'configuration' }, 'configuration'],
] as const)('release %s with %j is called %s', async (release, values, fullname) => {
  expect(await names(values, { release })).toEqual([
    `ConfigMap/${fullname}-cluster`,
    `ConfigMap/${fullname}-scripts-<hash>`,
    `PodDisruptionBudget/${fullname}`,
    `Role/${fullname}`,
    `RoleBinding/${fullname}`,
    `Service/${fullname}`,
    `Service/${fullname}-peer`,
    `ServiceAccount/${fullname}`,
    `StatefulSet/${fullname}`,
  ]);
});

test.each([
  ['a', 'b'],
  ['etcd', 'etcd-2'],
  ['etcd', 'orders'],
  ['orders-etcd', 'orders-etcd-2'],
])('releases %s and %s share neither names nor pods', async (one, other) => {
  const [first, second] = await Promise.all([names({}, { release: one }), names({}, { release: other })]);
  expect(first.filter(name => second.includes(name))).toEqual([]);
  const selector = async (release: string): Promise<object> =>
    (await renderStatefulSet({}, { release })).spec.selector;
  expect(await selector(one)).not.toEqual(await selector(other));
});

test('releases of one name in two namespaces have their own members', async () => {
  const host = async (namespace: string): Promise<string | undefined> => {
    const { spec } = await renderStatefulSet({}, { namespace });
    return environment(container(spec.template.spec, 'etcd')).MEMBER_HOST;
  };
  expect(await host('one')).not.toBe(await host('two'));
});

describe('a name that is too long', () => {
  // Kubernetes labels every pod with the name of its set, a dash and a hash of ten characters: 63 in all.
  test('is refused, never cut: 53 characters from the release', async () => {
    const message = await refusal({}, { release: 'r'.repeat(48) });
    expect(message).toContain('fullnameOverride');
    expect(message).toContain('52');
    expect(message).toContain(`${'r'.repeat(48)}-etcd`);
  });

  test('is refused: 53 characters from the values', async () => {
    expect(await refusal({ fullnameOverride: 'n'.repeat(53) })).toContain('fullnameOverride');
  });

  test('is taken up to 52 characters', async () => {
    const name = 'n'.repeat(52);
    expect((await render({ fullnameOverride: name })).by('StatefulSet', name).metadata.name).toBe(name);
  });

  test('has a way out for the longest release that Helm takes', async () => {
    const release = 'r'.repeat(53);
    expect(await refusal({}, { release })).toContain('fullnameOverride');
    expect(await names({ fullnameOverride: 'short' }, { release })).toContain('StatefulSet/short');
  });

  test('is refused when DNS has no room for the name of a member', async () => {
    const clusterDomain = ['d'.repeat(63), 'e'.repeat(63), 'f'.repeat(63)].join('.');
    expect(await refusal({ clusterDomain, fullnameOverride: 'n'.repeat(40) })).toContain('clusterDomain');
  });
});

test.each(['UPPER', '1st', 'dot.ted', 'under_score', '-dash', 'dash-', 'spa ce', 'ümlaut'])(
  'the name %j is refused: a Service cannot bear it',
  async fullnameOverride => {
    expect(await refusal({ fullnameOverride })).toContain('fullnameOverride');
  },
);
