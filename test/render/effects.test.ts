// Every value of values.yaml does something: a default that no template reads would be a promise to nobody.
import { expect, test } from 'vitest';
import { template } from '../support/helm.ts';
import type { Json, JsonObject } from '../support/json.ts';
import { everything } from '../support/permutations.ts';
import { coalesce, defaultValues } from '../support/values.ts';
import { leaves, only, valueAt } from '../support/values-tree.ts';

const defaults = defaultValues();

/** Other values than the defaults where the permutation called everything keeps them. */
const other: Readonly<Record<string, Json>> = {
  mode: 'operator',
  'operator.tls': { provider: 'auto' },
  'persistence.enabled': false,
  'persistence.shared': true,
  'persistence.existingClaim': 'theirs',
  'persistence.static': [0, 1, 2].map(disk => ({
    csi: { driver: 'disks.example', volumeHandle: `${disk}` },
  })),
  'podDisruptionBudget.enabled': false,
  'serviceAccount.create': false,
  'rbac.create': false,
  'statefulSet.updateStrategy.type': 'OnDelete',
  'containerSecurityContext.allowPrivilegeEscalation': true,
  'containerSecurityContext.capabilities.drop': ['NET_RAW'],
  'containerSecurityContext.readOnlyRootFilesystem': false,
  'podSecurityContext.runAsNonRoot': false,
  'podSecurityContext.seccompProfile.type': 'Unconfined',
};

/** What a value needs beside it before it can do anything. */
const madeClass: JsonObject = { persistence: { class: { create: true, provisioner: 'other.example' } } };
const context: Readonly<Record<string, JsonObject>> = {
  'persistence.shared': { persistence: { accessModes: ['ReadWriteMany'] } },
  'persistence.existingClaim': { persistence: { shared: true, accessModes: ['ReadWriteMany'] } },
  'persistence.class.provisioner': madeClass,
  'persistence.class.parameters': madeClass,
  'persistence.class.reclaimPolicy': madeClass,
  'persistence.class.volumeBindingMode': madeClass,
  'persistence.class.allowVolumeExpansion': madeClass,
  'persistence.class.mountOptions': madeClass,
  'persistence.class.labels': madeClass,
  'persistence.class.annotations': madeClass,
  'config.autoCompactionMode': { config: { autoCompactionRetention: '1000' } },
  'config.heartbeatInterval': { config: { electionTimeout: 2500 } },
  extraVolumeMounts: { extraVolumes: everything.extraVolumes ?? null },
  'restore.id': { restore: { from: { member: 0 } } },
  'restore.from.member': { replicaCount: 5, restore: { id: 'way-back', from: { member: 0 } } },
  'restore.from.archive': { restore: { id: 'way-back', from: { member: 0 } } },
  'restore.force': { restore: { id: 'way-back', from: { member: 0 } } },
  'operator.tls': { mode: 'operator' },
  'exposure.nodePort.memberPorts': { exposure: { nodePort: { perMember: true } } },
  'service.ipFamilies': { service: { ipFamilyPolicy: 'PreferDualStack' } },
  'peerService.ipFamilies': { peerService: { ipFamilyPolicy: 'PreferDualStack' } },
  'tools.resources.requests.cpu': { tools: { source: 'copy' } },
  'tools.resources.requests.memory': { tools: { source: 'copy' } },
};

/** Switches without which validate.yaml refuses the rest, and what a parent shares: they have their own tests. */
const elsewhere =
  /^(image\.allowUnsupportedTag|config\.allowLargeQuota|persistence\.class\.create|exposure\.nodePort\.range|exposure\.ingress\.tls|exposure\.gateway\.kind|global\..*)$/;

/** What a way in needs before it opens. */
const waysIn: Readonly<Record<string, JsonObject>> = {
  ingress: { host: 'etcd.test', secretName: 'other' },
  gateway: { host: 'etcd.test', parentRefs: [{ name: 'other' }] },
};

/** Returns what a value needs beside it: what `context` says, and that its way in is open. */
function besides(name: string): JsonObject {
  const [, way = '', key] = /^exposure\.(\w+)\.(\w+)$/.exec(name) ?? [];
  const open = { exposure: { [way]: { ...waysIn[way], enabled: key !== 'enabled' } } };
  return coalesce(way === '' ? {} : open, context[name] ?? {});
}

const names = leaves(defaults)
  .map(path => path.join('.'))
  .filter(name => !elsewhere.test(name));

/** Returns the values that a name is tested with, and those beside which it is. */
function variant(name: string): { values: JsonObject; beside: JsonObject } {
  const path = name.split('.');
  const value = other[name] ?? valueAt(coalesce(defaults, everything), path) ?? null;
  const beside = besides(name);
  return { values: coalesce(beside, only(path, value)), beside };
}

test.each(names)('%s changes the render', async name => {
  const { values, beside } = variant(name);
  expect(values, 'the test sets another value').not.toEqual(
    coalesce(beside, only(name.split('.'), valueAt(defaults, name.split('.')) ?? null)),
  );
  const [changed, before] = await Promise.all([template(values), textOf(beside)]);
  for (const text of [before, changed]) expect(text).toMatch(/^kind: (StatefulSet|EtcdCluster)$/m);
  expect(changed).not.toBe(before);
});

const texts = new Map<string, Promise<string>>();

/** Returns the render of `values`; most names are beside the same ones. */
function textOf(values: JsonObject): Promise<string> {
  const key = JSON.stringify(values);
  const text = texts.get(key) ?? template(values);
  texts.set(key, text);
  return text;
}
