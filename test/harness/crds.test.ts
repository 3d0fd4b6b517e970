// Schemas of other people's resources: a few that are right, and the same with one thing wrong.
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { customApis } from '../support/crds.ts';
import { kubeconformComplaints } from '../support/kubeconform.ts';
import { kubernetesVersions } from '../support/kubernetes.ts';
import { complaintsAbout } from '../support/schema.ts';

const [oldest = ''] = kubernetesVersions;
const newest = kubernetesVersions.at(-1) ?? '';
const head = (apiVersion: string, kind: string): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: one, labels: {a: b}}\n`;

/** A right one of each kind, and texts that make it wrong, with what is said then. */
const resources: readonly (readonly [
  kind: string,
  text: string,
  wrong: readonly (readonly [string, string, string])[],
])[] = [
  [
    'ServiceMonitor',
    `${head('monitoring.coreos.com/v1', 'ServiceMonitor')}spec: {selector: {matchLabels: {a: b}}, endpoints: [{port: metrics, interval: 30s}]}`,
    [
      ['port: metrics', 'prot: metrics', '"prot"'],
      ['interval: 30s', 'interval: half a minute', '/spec/endpoints/0/interval must match pattern'],
      ['labels: {a: b}', 'lables: {a: b}', '"lables"'],
      ['selector:', 'selektor:', "must have required property 'selector'"],
    ],
  ],
  [
    'PrometheusRule',
    `${head('monitoring.coreos.com/v1', 'PrometheusRule')}spec: {groups: [{name: a, rules: [{alert: Down, expr: up == 0, for: 5m}]}]}`,
    [
      ['alert: Down', 'alret: Down', '"alret"'],
      ['groups: [{', 'groups: [{name: a}, {', 'has name=a twice'],
    ],
  ],
  [
    'Certificate',
    `${head('cert-manager.io/v1', 'Certificate')}spec: {secretName: a, dnsNames: [etcd], issuerRef: {name: ca}, usages: [server auth]}`,
    [
      ['secretName: a', 'secret: a', "must have required property 'secretName'"],
      ['[server auth]', '[serving]', 'must be equal to one of the allowed values'],
    ],
  ],
  [
    'GRPCRoute',
    `${head('gateway.networking.k8s.io/v1', 'GRPCRoute')}spec: {parentRefs: [{name: gateway}], hostnames: [etcd.example], rules: [{backendRefs: [{name: etcd, port: 2379}]}]}`,
    [
      ['port: 2379', 'port: 70000', 'must be <= 65535'],
      ['hostnames: [etcd.example]', 'hostnames: [Etcd_Example]', 'must match pattern'],
    ],
  ],
  [
    'TLSRoute',
    `${head('gateway.networking.k8s.io/v1', 'TLSRoute')}spec: {parentRefs: [{name: gateway}], hostnames: [etcd.example], rules: [{backendRefs: [{name: etcd, port: 2379}]}]}`,
    [['backendRefs', 'backends', '"backends"']],
  ],
  [
    'EtcdCluster',
    `${head('operator.etcd.io/v1alpha1', 'EtcdCluster')}spec: {size: 3, version: v3.6.16, storageSpec: {volumeSizeRequest: 1Gi}}`,
    [
      ['size: 3', 'size: three', '/spec/size must be integer'],
      ['storageSpec', 'storage', '"storage"'],
    ],
  ],
];

describe.each(resources)('%s', (kind, text, wrong) => {
  test('is taken when it is right, by Ajv and kubeconform, on the oldest and the newest Kubernetes', async () => {
    for (const release of [oldest, newest]) {
      expect(await complaintsAbout(parse(text), release)).toEqual([]);
      expect(await kubeconformComplaints(text, release)).toEqual([]);
    }
  });

  test.each(wrong)('is refused with %s as %s', async (right, mistake, complaint) => {
    const edited = text.replace(right, mistake);
    expect(edited).not.toBe(text);
    expect((await complaintsAbout(parse(edited), newest)).join('\n')).toContain(complaint);
    // Keys of lists are no part of JSON schema, which is all that kubeconform knows.
    if (!complaint.endsWith(' twice')) expect(await kubeconformComplaints(edited, newest)).not.toEqual([]);
  });

  test('is among what a cluster with all of them serves', () => {
    expect(customApis.filter(api => api.endsWith(`/${kind}`)).length).toBe(1);
  });
});
