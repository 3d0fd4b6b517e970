import { expect, test } from 'vitest';
import { render } from '../support/helm.ts';
import type { JsonObject } from '../support/json.ts';
import type { PolicyRule } from '../support/objects.ts';
import { renderPod } from '../support/pod.ts';

/** Returns what a role allows, one line for each verb on each resource, sorted. */
function allowed(rules: readonly PolicyRule[]): string[] {
  return rules
    .flatMap(({ apiGroups, resources, resourceNames = ['*'], verbs }) =>
      apiGroups.flatMap(group =>
        resources.flatMap(resource =>
          resourceNames.flatMap(name => verbs.map(verb => `${verb} ${group || 'core'}/${resource} ${name}`)),
        ),
      ),
    )
    .sort();
}

async function role(values: JsonObject = {}): Promise<string[]> {
  return allowed((await render(values)).by('Role', 'etcd').rules);
}

test('the role allows this and no more', async () => {
  expect(await role()).toEqual([
    'create core/configmaps *',
    'delete core/configmaps etcd-cluster',
    'get apps/statefulsets etcd',
    'get core/configmaps etcd-cluster',
    'get core/configmaps etcd-restore',
    'get core/persistentvolumeclaims *',
    'get core/pods *',
    'list core/persistentvolumeclaims *',
    'patch core/configmaps etcd-cluster',
    'patch core/persistentvolumeclaims *',
  ]);
});

test('without persistence, pods bear what claims would', async () => {
  const more = (await role({ persistence: { enabled: false } })).filter(line => line.includes('/pods'));
  expect(more).toEqual(['get core/pods *', 'list core/pods *', 'patch core/pods *']);
});

test('the role names the set, the record and the request that the scripts know', async () => {
  const { env = [] } = (await renderPod({}, { release: 'orders' })).containers[0] ?? {};
  const value = (name: string): string => env.find(variable => variable.name === name)?.value ?? '';
  const lines = allowed((await render({}, { release: 'orders' })).by('Role', 'orders-etcd').rules);
  expect(lines).toContain(`get apps/statefulsets ${value('STATEFULSET')}`);
  expect(lines).toContain(`patch core/configmaps ${value('RECORD')}`);
  expect(lines).toContain(`get core/configmaps ${value('STATEFULSET')}-restore`);
});

test('the account hands its token to no pod that does not ask for it', async () => {
  expect((await render()).by('ServiceAccount', 'etcd').automountServiceAccountToken).toBe(false);
});

test.each([
  ['made here, named by the values', { name: 'members' }, 'members', ['members']],
  ['brought by somebody', { create: false, name: 'theirs' }, 'theirs', []],
  ['the default one of the namespace', { create: false }, 'default', []],
])('the account is %s', async (_, serviceAccount, expected, made) => {
  const { manifests, by } = await render({ serviceAccount });
  expect((await renderPod({ serviceAccount })).serviceAccountName).toBe(expected);
  expect(manifests.filter(({ kind }) => kind === 'ServiceAccount').map(({ name }) => name)).toEqual(made);
  expect(by('RoleBinding', 'etcd').subjects).toEqual([
    { kind: 'ServiceAccount', name: expected, namespace: 'default' },
  ]);
});

test('somebody else can bring the role', async () => {
  const { manifests } = await render({ rbac: { create: false } });
  expect(manifests.filter(({ kind }) => kind.startsWith('Role'))).toEqual([]);
});

test('nothing reaches beyond the namespace', async () => {
  const { manifests } = await render();
  expect(manifests.filter(({ kind }) => kind.startsWith('Cluster'))).toEqual([]);
});
