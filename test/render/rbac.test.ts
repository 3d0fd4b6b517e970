import { expect, test } from 'vitest';
import { render } from '../support/helm.ts';
import type { JsonObject } from '../support/json.ts';
import type { PolicyRule } from '../support/objects.ts';
import { renderPod } from '../support/pod.ts';
import { valuesSchema } from '../support/values.ts';
import { schemaNodes } from '../support/values-schema.ts';

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

/** Returns one line for each member that there can be: what stands before its ordinal, and the ordinal. */
function each(prefix: string): string[] {
  const replicaCount = schemaNodes(valuesSchema()).find(({ path }) => path.join('.') === 'replicaCount');
  return Array.from({ length: Number(replicaCount?.schema.maximum) }, (_, ordinal) => `${prefix}-${ordinal}`);
}

const always = [
  'create core/configmaps *',
  'delete core/configmaps etcd-cluster',
  'get apps/statefulsets etcd',
  'get core/configmaps etcd-cluster',
  'get core/configmaps etcd-restore',
  'list core/pods *',
  'patch core/configmaps etcd-cluster',
  ...each('get core/pods etcd'),
];

test('the role allows these requests and no others', async () => {
  expect(await role()).toEqual(
    [
      ...always,
      'list core/persistentvolumeclaims *',
      ...each('get core/persistentvolumeclaims data-etcd'),
      ...each('patch core/persistentvolumeclaims data-etcd'),
    ].sort(),
  );
});

test('the role allows no request for claims without persistence, and patches of the pods instead', async () => {
  expect(await role({ persistence: { enabled: false } })).toEqual(
    [...always, ...each('patch core/pods etcd')].sort(),
  );
});

test('the role allows to get a claim that all members share, and no other request for claims', async () => {
  const shared = { shared: true, accessModes: ['ReadWriteMany'], existingClaim: 'theirs' };
  expect(await role({ persistence: shared })).toEqual(
    [...always, 'get core/persistentvolumeclaims theirs'].sort(),
  );
});

test('the role names the set, the record and the request that the scripts know', async () => {
  const { env = [] } = (await renderPod({}, { release: 'orders' })).containers[0] ?? {};
  const value = (name: string): string => env.find(variable => variable.name === name)?.value ?? '';
  const lines = allowed((await render({}, { release: 'orders' })).by('Role', 'orders-etcd').rules);
  expect(lines).toContain(`get apps/statefulsets ${value('STATEFULSET')}`);
  expect(lines).toContain(`patch core/configmaps ${value('RECORD')}`);
  expect(lines).toContain(`get core/configmaps ${value('STATEFULSET')}-restore`);
  expect(lines).toContain(`get core/pods ${value('STATEFULSET')}-8`);
  expect(lines).toContain(`patch core/persistentvolumeclaims data-${value('STATEFULSET')}-8`);
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
