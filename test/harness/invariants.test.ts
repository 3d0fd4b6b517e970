// The invariants see what they are there for: each is broken on purpose, in what Helm printed.
import { describe, expect, test } from 'vitest';
import { render } from '../support/helm.ts';
import { brokenInvariants, invariants } from '../support/invariants/invariants.ts';
import { readRendered } from '../support/rendered.ts';

const service = (name: string, spec: string): string => `---
# Source: etcd/templates/more.yaml
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: default}
spec: ${spec}
`;
const selector =
  'app.kubernetes.io/name: etcd, app.kubernetes.io/instance: etcd, app.kubernetes.io/component: etcd';
const pod = 'statefulset.kubernetes.io/pod-name';
const route = (backend: string): string => `---
# Source: etcd/templates/more.yaml
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: one, namespace: default}
spec: {rules: [{backendRefs: [${backend}]}]}
`;
const monitor = (labels: string, port: string): string => `---
# Source: etcd/templates/more.yaml
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: one, namespace: default}
spec: {selector: {matchLabels: ${labels}}, endpoints: [{port: ${port}}]}
`;

/** Returns the invariants that are broken when the defaults are rendered, edited and read. */
async function brokenBy(edit: (text: string) => string): Promise<string[]> {
  const { text } = await render();
  const edited = edit(`${text}\n`);
  expect(edited, 'the edit finds what it edits').not.toBe(`${text}\n`);
  return brokenInvariants({ rendered: readRendered(edited), values: {}, namespace: 'default' });
}

test('holds for the defaults', async () => {
  expect(brokenInvariants({ rendered: await render(), values: {}, namespace: 'default' })).toEqual([]);
});

const edits: readonly (readonly [what: string, complaint: string, edit: (text: string) => string])[] = [
  [
    'an object elsewhere',
    'names other, not default',
    text => text.replace('namespace: "default"', 'namespace: other'),
  ],
  ['an object nowhere', 'names undefined', text => text.replace(/^ +namespace: "default"\n/m, '')],
  [
    'a class in a namespace',
    'names default, not',
    text => `${text}${service('x', '{}').replace('Service', 'StorageClass')}`,
  ],
  [
    'a name that is too long',
    'StatefulSet "',
    text =>
      text.replace(/name: "?etcd"?\n(?=(.*\n){0,12}spec:\n +#.*\n +replicas)/, `name: ${'n'.repeat(53)}\n`),
  ],
  ['a name with a dot', 'Service "a.b"', text => text + service('a.b', `{selector: {${selector}}}`)],
  [
    'a port with a long name',
    '"client-and-more-"',
    text => text.replaceAll('{name: metrics,', '{name: client-and-more-,'),
  ],
  [
    'a label with a space',
    'app.kubernetes.io/version="3 7"',
    text => text.replace(/app.kubernetes.io\/version: .*/, 'app.kubernetes.io/version: 3 7'),
  ],
  [
    'a selector of nobody',
    'which no pod bears',
    text => text + service('more', `{selector: {${selector}, a: b}}`),
  ],
  [
    'a selector that changes',
    'selects by app',
    text => text.replace(/(type: ClusterIP\n(.*\n)*? +selector:\n)/, '$1    helm.sh/chart: etcd\n'),
  ],
  [
    'a Service for a pod of another set',
    'selects the pod other-0',
    text => text + service('more', `{selector: {${selector}, ${pod}: other-0}}`),
  ],
  [
    'a Service for a port that is not there',
    'more client 2379 to cleint',
    text =>
      text +
      service('more', `{selector: {${selector}}, ports: [{name: client, port: 2379, targetPort: cleint}]}`),
  ],
  [
    'a Service for a port of another number',
    'client 2378 to',
    text => text + service('more', `{selector: {${selector}}, ports: [{name: client, port: 2378}]}`),
  ],
  ['a route to no Service', 'leads to nobody:2379', text => text + route('{name: nobody, port: 2379}')],
  ['a route to no port', 'leads to etcd:2', text => text + route('{name: etcd, port: 2}')],
  ['a monitor of nothing', 'finds no Service', text => text + monitor('{a: b}', 'client')],
  ['a monitor of no port', 'reads the port metrics', text => text + monitor('{}', 'metrics')],
  [
    'a mount without a volume',
    'nothing offers the volume x',
    text => text.replace('{name: run, mountPath', '{name: x, mountPath'),
  ],
  [
    'a volume without a mount',
    'nobody mounts the volume x',
    text =>
      text.replace(
        '- {name: run, emptyDir: {}}',
        '- {name: run, emptyDir: {}}\n        - {name: x, emptyDir: {}}',
      ),
  ],
  [
    'a volume twice',
    'the volume run is there twice',
    text =>
      text.replace(
        '- {name: run, emptyDir: {}}',
        '- {name: run, emptyDir: {}}\n        - {name: run, emptyDir: {}}',
      ),
  ],
  [
    'a mount in a mount',
    '/scripts/run lies in /scripts',
    text => text.replace('mountPath: /run/etcd', 'mountPath: /scripts/run'),
  ],
  [
    'a container that may more',
    'allowPrivilegeEscalation',
    text => text.replace('allowPrivilegeEscalation: false', 'allowPrivilegeEscalation: true'),
  ],
  [
    'a variable twice',
    'no variable of a container is set twice',
    text => text.replace('- name: RUN_DIR', '- name: RECORD'),
  ],
  ['a variable of etcd', 'ETCD_NAME', text => text.replace('- name: RUN_DIR', '- name: ETCD_NAME')],
  ['an argument twice', '--log-level', text => text.replace('- --log-format=json', '- --log-level=info')],
  ['an image without a tag', 'every image has a tag', text => text.replace(/(image: "[^"]*):v[^"]*"/, '$1"')],
  ['a moving image', ':latest', text => text.replace(/(reference: "[^"]*):[^"]*"/, '$1:latest"')],
  ['a container that asks for nothing', 'asks for no memory', text => text.replace(/^ +memory: 32Mi\n/m, '')],
  [
    'a container that asks for too much',
    'asks for 512Mi of 256Mi',
    text => text.replace('memory: 32Mi', 'memory: 512Mi'),
  ],
  ['a CPU limit', 'stalls heartbeats', text => text.replace(/limits:\n( +)/, 'limits:\n$1cpu: 1\n$1')],
  [
    'a ConfigMap that is not there',
    'names ConfigMap/etcd-script',
    text => text.replace(/(configMap:\n +name: "etcd-script)s/, '$1'),
  ],
  [
    'a Secret that is not there',
    'names Secret/x',
    text => text.replace('- {name: run, emptyDir: {}}', '- {name: run, secret: {secretName: x}}'),
  ],
  [
    'a variable from nowhere',
    'names Secret/x',
    text => text.replace(/valueFrom: \{fieldRef: [^\n]*/, 'valueFrom: {secretKeyRef: {name: x, key: z}}'),
  ],
  [
    'an account that is not there',
    'names ServiceAccount/other',
    text => text.replace('serviceAccountName: "etcd"', 'serviceAccountName: other'),
  ],
  [
    'a class that is not there',
    'names StorageClass/fast',
    text => text.replace('volumeMode:', 'storageClassName: fast\n        volumeMode:'),
  ],
  [
    'a role that nobody binds',
    'nothing binds Role/other',
    text => text.replace(/(kind: Role\nmetadata:\n(.*\n)*? +name: )"?etcd"?/, '$1other'),
  ],
  [
    'a binding for others',
    'is for ServiceAccount/other',
    text => text.replace(/(- kind: ServiceAccount\n +name: )"etcd"/, '$1other'),
  ],
  ['a null', '/spec/type', text => text.replace('type: ClusterIP', 'type: null')],
  ['a leftover', 'a leftover of a template', text => text.replace('type: ClusterIP', 'type: "<no value>"')],
  [
    'a space at the end',
    'a space at the end',
    text => text.replace('type: ClusterIP\n', 'type: ClusterIP \n'),
  ],
];

describe('sees', () => {
  test.each(edits)('%s', async (_, complaint, edit) => {
    expect((await brokenBy(edit)).join('\n')).toContain(complaint);
  });

  test('every kind of fault that there is an invariant for', async () => {
    const broken = (await Promise.all(edits.map(([, , edit]) => brokenBy(edit)))).flat();
    const blind = invariants.filter(({ name }) => !broken.some(line => line.startsWith(`${name}: `)));
    expect(blind.map(({ name }) => name)).toEqual(['no object is larger than Kubernetes keeps']);
  });

  test('an object that is too large', async () => {
    const values = {};
    const [large, noted] = [
      `kind: ConfigMap\nmetadata: {name: x, namespace: default}\ndata: {a: ${'a'.repeat(1_000_001)}}`,
      `kind: ConfigMap\nmetadata: {name: x, namespace: default, annotations: {a: ${'a'.repeat(262_145)}}}`,
    ].map(text => readRendered(`---\n# Source: etcd/templates/more.yaml\napiVersion: v1\n${text}\n`));
    const of = (rendered = large): string =>
      rendered === undefined ? '' : brokenInvariants({ rendered, values, namespace: 'default' }).join();
    expect(of(large)).toContain('ConfigMap/x is above 1 MB');
    expect(of(noted)).toContain('ConfigMap/x has annotations above 256 KiB');
  });
});
