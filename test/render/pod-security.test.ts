// What the pod may do. That every render is restricted is in consistency.test.ts.
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../support/json.ts';
import { container, containersOf, renderPod, volume } from '../support/pod.ts';
import { breaches } from '../support/pod-security.ts';

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
