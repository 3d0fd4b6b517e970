// The rules of Pod Security's level `restricted`, and two of this chart's own.
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../support/json.ts';
import type { PodSpec, Volume } from '../support/objects.ts';
import { permutations } from '../support/permutations.ts';
import { container, containersOf, renderPod, volume } from '../support/pod.ts';

const volumeKinds = ['configMap', 'emptyDir', 'image', 'persistentVolumeClaim', 'projected', 'secret'];

/** Returns every breach of the rules, one line each. */
function breaches(pod: PodSpec): string[] {
  const found: string[] = [];
  const rule = (holds: boolean, what: string): void => {
    if (!holds) found.push(what);
  };
  for (const key of ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace'] as const)
    rule(pod[key] !== true, `pod: ${key}`);
  rule((pod.securityContext?.sysctls ?? []).length === 0, 'pod: sysctls');
  rule((pod.securityContext?.fsGroup ?? 0) > 0, 'pod: volumes belong to no group of its own');
  for (const { name, ...source } of pod.volumes ?? [])
    rule(
      Object.keys(source satisfies Omit<Volume, 'name'>).every(kind => volumeKinds.includes(kind)),
      `volume ${name}: kind`,
    );
  for (const { name, securityContext, ports = [] } of containersOf(pod)) {
    const context = { ...pod.securityContext, ...securityContext };
    rule(context.allowPrivilegeEscalation === false, `${name}: allowPrivilegeEscalation`);
    rule(context.privileged !== true, `${name}: privileged`);
    rule(context.procMount === undefined, `${name}: procMount`);
    rule(context.runAsNonRoot === true, `${name}: runAsNonRoot`);
    rule((context.runAsUser ?? 0) > 0, `${name}: runAsUser (the images say root)`);
    rule((context.runAsGroup ?? 0) > 0, `${name}: runAsGroup`);
    rule(context.capabilities?.drop?.includes('ALL') === true, `${name}: capabilities.drop`);
    rule((context.capabilities?.add ?? []).length === 0, `${name}: capabilities.add`);
    rule(
      ['RuntimeDefault', 'Localhost'].includes(context.seccompProfile?.type ?? ''),
      `${name}: seccompProfile`,
    );
    rule(context.readOnlyRootFilesystem === true, `${name}: readOnlyRootFilesystem`);
    rule(
      ports.every(({ hostPort }) => hostPort === undefined),
      `${name}: hostPort`,
    );
  }
  return found;
}

test.each(permutations)('$name: every container is restricted', async ({ values, options }) => {
  expect(breaches(await renderPod(values, options))).toEqual([]);
});

test('a weaker container would be seen', async () => {
  const weak: JsonObject = {
    containerSecurityContext: { allowPrivilegeEscalation: true, readOnlyRootFilesystem: false },
  };
  expect(breaches(await renderPod(weak))).toEqual([
    'etcd: allowPrivilegeEscalation',
    'etcd: readOnlyRootFilesystem',
    'keeper: allowPrivilegeEscalation',
    'keeper: readOnlyRootFilesystem',
  ]);
});

describe('the token', () => {
  test('is mounted by the pod itself, and not by Kubernetes into every container', async () => {
    expect((await renderPod()).automountServiceAccountToken).toBe(false);
  });

  test('is short-lived and comes with what verifies the API server', async () => {
    expect(volume(await renderPod(), 'api-access').projected?.sources).toEqual([
      { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ]);
  });

  test('reaches the containers that run scripts, and no others', async () => {
    const pod = await renderPod({ tools: { source: 'copy' } });
    const holders = containersOf(pod).filter(({ volumeMounts = [] }) =>
      volumeMounts.some(({ name }) => name === 'api-access'),
    );
    expect(holders.map(({ name }) => name)).toEqual(['etcd', 'keeper']);
    expect(container(pod, 'etcd').volumeMounts).toContainEqual({
      name: 'api-access',
      mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
      readOnly: true,
    });
  });
});
