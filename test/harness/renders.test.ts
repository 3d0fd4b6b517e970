// What the tests stand on: a render that Kubernetes would refuse must not pass.
import { describe, expect, test } from 'vitest';
import { helms, notes, RenderError, type RenderOptions, refusal, render } from '../support/helm.ts';
import type { JsonObject } from '../support/json.ts';
import { kubeconformComplaints } from '../support/kubeconform.ts';
import { kubernetesVersions, releaseOf } from '../support/kubernetes.ts';
import { complaintsAbout } from '../support/schema.ts';
import { temporaryChart } from '../support/temporary-chart.ts';
import { coalesce } from '../support/values.ts';

const configMap = `apiVersion: v1
kind: ConfigMap
metadata:
  name: one
`;

function pod(container: string): string {
  const spec = `spec:\n  containers:\n    - name: main\n      image: busybox\n${container.replaceAll(/^/gm, '      ')}\n`;
  return `apiVersion: v1\nkind: Pod\nmetadata:\n  name: one\n${spec}`;
}

/** Renders a chart whose only template is `text`; returns what `render` does. */
async function renderText(text: string, values: JsonObject = {}, options: RenderOptions = {}) {
  await using chart = await temporaryChart({
    'Chart.yaml': 'apiVersion: v2\nname: tiny\nversion: 0.1.0\n',
    'values.yaml': 'map:\n  key: 1\n  inner: {}\n',
    'templates/it.yaml': text,
    'templates/NOTES.txt': 'Hello {{ .Release.Name }}, on {{ .Capabilities.KubeVersion.Version }}.',
  });
  return await render(values, { ...options, chart: chart.directory });
}

describe.each(helms)('%s', helm => {
  test('renders from standard input, with release, namespace and versions', async () => {
    const text = `${configMap}data:
  release: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
  version: {{ .Capabilities.KubeVersion.Version }}
  monitoring: {{ .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" | quote }}
  value: {{ .Values.map.key | quote }}
`;
    const options = {
      helm,
      release: 'r',
      namespace: 'shop',
      kubeVersion: '1.34.4',
      apiVersions: ['monitoring.coreos.com/v1'],
    };
    const rendered = await renderText(text, { map: { key: 2 } }, options);
    expect(
      rendered.manifests.map(({ source, kind, name, apiVersion }) => [source, kind, name, apiVersion]),
    ).toEqual([['templates/it.yaml', 'ConfigMap', 'one', 'v1']]);
    expect(rendered.by('ConfigMap', 'one').data).toEqual({
      release: 'r',
      namespace: 'shop',
      version: 'v1.34.4',
      monitoring: 'true',
      value: '2',
    });
  });

  test('shows the notes for the Kubernetes version that is asked for', async () => {
    await using chart = await temporaryChart({
      'Chart.yaml': 'apiVersion: v2\nname: tiny\nversion: 0.1.0\n',
      'templates/NOTES.txt':
        'Hello {{ .Release.Name }}: "{{ .Values.who }}", {{ .Capabilities.KubeVersion.Version }}.\n',
    });
    const options = { helm, chart: chart.directory, kubeVersion: '1.35.4', release: 'r' };
    expect(await notes({ who: 'a: b' }, options)).toBe('Hello r: "a: b", v1.35.4.\n');
  });

  test('fails with the values, the command and what Helm said', async () => {
    const error = await renderText('{{ fail "no such luck" }}', { replicas: 7 }, { helm }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(RenderError);
    expect(String(error)).toMatch(
      /values:\n {2}replicas: 7\ncommand: \S*helm template etcd .*\nstderr:\n.*no such luck/s,
    );
  });

  test('fails when Helm only warns', async () => {
    await expect(renderText(configMap, { map: { inner: 'text' } }, { helm })).rejects.toThrow('Helm warns');
  });
});

describe('a render fails', () => {
  test.each([
    ['a key that is there twice', `${configMap}data: {a: b, a: c}`, 'unique'],
    ['YAML that does not end', `${configMap}data: {a: b`, 'Helm refuses'],
    ['an anchor that is not there', `${configMap}data: *nowhere`, 'Helm refuses'],
    ['a document that is no object', 'just: text', 'no Kubernetes object'],
    ['an object without a name', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {}', 'no Kubernetes object'],
    ['two objects of one name', `${configMap}---\n${configMap}`, 'already a ConfigMap "one"'],
    ['a switch that YAML 1.1 reads and 1.2 does not', `${configMap}data: {a: on}`, '/data/a'],
    ['an octal number', `${configMap}data: {a: 0644}`, '/data/a'],
    ['a number with sixties', `${configMap}data: {a: 12:30}`, '/data/a'],
    ['a number in place of text', `${configMap}data: {a: 5}`, '/data/a must be string'],
    ['null', `${configMap}data: {a: null}`, '/data/a must be string'],
    ['an unknown key', `${configMap}dta: {a: b}`, 'must NOT have additional properties "dta"'],
    ['an unknown key deep inside', pod('imagePullPolicie: Always'), '/spec/containers/0 must NOT have'],
    ['a missing key', pod('env: [{value: x}]'), "must have required property 'name'"],
    ['a quantity that is none', pod('resources: {limits: {memory: 1GB}}'), '/limits/memory must match'],
    [
      'a variable that is set twice',
      pod('env: [{name: A, value: a}, {name: A, value: b}]'),
      'has name=A twice',
    ],
    [
      'a port that is there twice',
      pod('ports: [{containerPort: 1}, {containerPort: 1, protocol: TCP}]'),
      'protocol=TCP twice',
    ],
    [
      'a mount path that is there twice',
      pod('volumeMounts: [{name: a, mountPath: /a}, {name: b, mountPath: /a}]'),
      'twice',
    ],
    [
      'a kind that Kubernetes does not have',
      configMap.replace('ConfigMap', 'ConfigMpa'),
      'has no ConfigMpa in v1',
    ],
    [
      'an API version that Kubernetes does not have',
      configMap.replace('v1', 'v1beta1'),
      'has no ConfigMap in v1beta1',
    ],
    [
      'a kind of somebody else',
      'apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: {name: one}',
      'could not find schema',
    ],
  ])('for %s', async (_, text, complaint) => {
    const error = await renderText(text).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RenderError);
    expect(String(error)).toContain(complaint);
  });

  test('for one Kubernetes and not for another, as their APIs differ', async () => {
    // Kubernetes 1.36 is the first to serve this kind in this version.
    const text =
      'apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingAdmissionPolicy\nmetadata: {name: one}';
    await expect(renderText(text, {}, { kubeVersion: '1.34.4' })).rejects.toThrow(
      'has no MutatingAdmissionPolicy',
    );
    expect((await renderText(text, {}, { kubeVersion: '1.36.3' })).manifests.length).toBe(1);
  });
});

describe('a render passes', () => {
  test.each([
    [
      'ports that differ in their protocol',
      pod('ports: [{containerPort: 1}, {containerPort: 1, protocol: UDP}]'),
    ],
    [
      'quantities as numbers and as text',
      pod('resources: {limits: {memory: 1Gi, cpu: 1.5}, requests: {memory: 1.5e9, cpu: 10m}}'),
    ],
    [
      'a probe by the number or the name of a port',
      pod('livenessProbe: {httpGet: {port: http}}\nreadinessProbe: {httpGet: {port: 80}}'),
    ],
    ['templates that render nothing', `{{- if false }}\n{{- end }}\n---\n${configMap}`],
  ])('for %s', async (_, text) => {
    expect((await renderText(text)).manifests.length).toBe(1);
  });
});

test('the two validators agree, each on its own', async () => {
  const text = pod('imagee: busybox');
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'one' },
    spec: { containers: [{ name: 'main', imagee: 'busybox' }] },
  };
  for (const release of kubernetesVersions) {
    expect((await complaintsAbout(object, release)).join()).toContain('"imagee"');
    expect((await kubeconformComplaints(text, release)).join()).toMatch(/Pod\/one: .*imagee/);
    expect(await kubeconformComplaints(configMap, release)).toEqual([]);
  }
});

test('kubeconform sees a key that is there twice', async () => {
  expect((await kubeconformComplaints(`${configMap}data: {a: b, a: c}`, '1.37.2')).join()).toContain(
    'already set in map',
  );
});

test('kubeconform keeps apart what it is asked at the same time, and goes on after a fault', async () => {
  const wrong = pod('imagee: busybox');
  const texts = [configMap, wrong, 'text: {', `${configMap}---\n${wrong}`, configMap];
  const answers = await Promise.all(texts.map(text => kubeconformComplaints(text, '1.37.2')));
  expect(answers.map(complaints => complaints.length)).toEqual([0, 1, 1, 1, 0]);
});

test('a lookup that finds nothing says what there is', async () => {
  const rendered = await renderText(configMap);
  expect(() => rendered.by('Service', 'other')).toThrow('There is no Service/other among ConfigMap/one');
});

test('what one test gets, another cannot change', async () => {
  const { object } = (await renderText(`${configMap}data: {a: b}`)).manifests[0] ?? {};
  expect(() => Object.assign(object?.metadata ?? {}, { name: 'two' })).toThrow(TypeError);
});

test('a refusal that does not come is an error', async () => {
  await using chart = await temporaryChart({
    'Chart.yaml': 'apiVersion: v2\nname: tiny\nversion: 0.1.0\n',
    'templates/it.yaml': configMap,
  });
  await expect(refusal({ a: 1 }, { chart: chart.directory })).rejects.toThrow('Helm accepted');
});

test.each([
  ['1.37.2', '1.37.2'],
  ['v1.34.0', '1.34.4'],
  ['1.36.0-gke.1234000', '1.36.3'],
  ['1.35', '1.35.4'],
])('Kubernetes %s is checked against %s', (version, release) => {
  expect(releaseOf(version)).toBe(release);
});

test.each(['1.33.0', '1.3', '2.37.0', 'latest'])('Kubernetes %s has no schema', version => {
  expect(() => releaseOf(version)).toThrow(kubernetesVersions.join(', '));
});

test('values are merged as Helm does', () => {
  const defaults = { a: { b: 1, c: [1, 2], d: { e: 1 } }, f: 'text', g: {} };
  expect(coalesce(defaults, { a: { b: 2, c: [3], d: null }, f: null, h: 0, g: { i: false } })).toEqual({
    a: { b: 2, c: [3] },
    g: { i: false },
    h: 0,
  });
});
