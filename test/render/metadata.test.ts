import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { render } from '../support/helm.ts';
import type { JsonObject } from '../support/json.ts';
import { everything } from '../support/permutations.ts';
import { renderStatefulSet } from '../support/pod.ts';
import { chartDirectory } from '../support/project.ts';
import { temporaryChart } from '../support/temporary-chart.ts';
import { valueAt } from '../support/values-tree.ts';

const selector = {
  'app.kubernetes.io/name': 'etcd',
  'app.kubernetes.io/instance': 'etcd',
  'app.kubernetes.io/component': 'etcd',
};
const common = { 'example.com/common': 'label' };

test('every object says what it is, whose, and from which chart', async () => {
  for (const { kind, object } of (await render()).manifests)
    expect(object.metadata.labels, kind).toEqual({
      ...selector,
      'app.kubernetes.io/version': '3.7.3',
      'app.kubernetes.io/managed-by': 'Helm',
      'helm.sh/chart': expect.stringMatching(/^etcd-\d+\.\d+\.\d+/),
    });
});

test('no object has annotations by default, except the scripts, which are kept', async () => {
  for (const { kind, name, object } of (await render()).manifests)
    if (!name.startsWith('etcd-scripts-')) expect(object.metadata.annotations, kind).toBeUndefined();
});

test('pods carry nothing that changes with every release: it would restart them', async () => {
  const { metadata } = (await renderStatefulSet()).spec.template;
  expect(metadata.labels).toEqual(selector);
  expect(metadata.annotations).toBeUndefined();
});

test('claims carry only the selector labels, because Kubernetes refuses to change a claim template', async () => {
  const [claim] = (await renderStatefulSet({ commonLabels: common })).spec.volumeClaimTemplates ?? [];
  expect(claim?.metadata.labels).toEqual(selector);
});

test('the version is the one of the image', async () => {
  for (const { kind, object } of (await render({ image: { tag: 'v3.6.16' } })).manifests)
    expect(object.metadata.labels?.['app.kubernetes.io/version'], kind).toBe('3.6.16');
});

describe('labels and annotations of the values', () => {
  const own: Record<string, string> = {
    'StatefulSet/configuration': 'statefulSet',
    'Service/configuration': 'service',
    'Service/configuration-peer': 'peerService',
    'Service/configuration-nodeport': 'exposure.nodePort',
    'Service/configuration-nodeport-4': 'exposure.nodePort',
    'Service/configuration-balancer': 'exposure.loadBalancer',
    'GRPCRoute/configuration': 'exposure.gateway',
    'Service/configuration-balancer-4': 'exposure.loadBalancer',
    'PodDisruptionBudget/configuration': 'podDisruptionBudget',
    'ServiceAccount/members': 'serviceAccount',
    'Role/configuration': 'rbac',
    'RoleBinding/configuration': 'rbac',
  };

  test.each(Object.entries(own))('reach their object: %s', async (object, key) => {
    const [kind, name] = object.split('/');
    const found = (await render(everything)).manifests.find(item => item.kind === kind && item.name === name);
    const { labels, annotations } = valueAt(everything, key.split('.')) as JsonObject;
    expect(found?.object.metadata.labels).toMatchObject(labels as JsonObject);
    expect(found?.object.metadata.annotations).toMatchObject({
      ...(annotations as JsonObject),
      'example.com/common': 'annotation',
    });
  });

  test('reach every object and the pods when they are common', async () => {
    const { manifests } = await render(everything);
    const { template } = (await renderStatefulSet(everything)).spec;
    for (const { metadata } of [...manifests.map(({ object }) => object), template]) {
      expect(metadata.labels).toMatchObject(common);
      expect(metadata.annotations).toMatchObject({ 'example.com/common': 'annotation' });
    }
  });

  test('reach the pods', async () => {
    const { metadata } = (await renderStatefulSet(everything)).spec.template;
    expect(metadata.labels).toMatchObject({ team: 'storage' });
    expect(metadata.annotations).toMatchObject({ 'scrape.example/port': '2381' });
  });

  test('come before the common ones', async () => {
    const key = 'example.com/common';
    const rendered = await render({
      commonLabels: { [key]: 'common' },
      commonAnnotations: { [key]: 'common' },
      podLabels: { [key]: 'own' },
      podAnnotations: { [key]: 'own' },
      service: { labels: { [key]: 'own' }, annotations: { [key]: 'own' } },
    });
    const pod = rendered.by('StatefulSet', 'etcd').spec.template.metadata;
    for (const { labels, annotations } of [pod, rendered.by('Service', 'etcd').metadata])
      expect([labels?.[key], annotations?.[key]]).toEqual(['own', 'own']);
    expect(rendered.by('Role', 'etcd').metadata.labels?.[key]).toBe('common');
  });
});

test('a chart version with build metadata still makes a label', async () => {
  const chart = readFileSync(join(chartDirectory, 'Chart.yaml'), 'utf8');
  const text = chart.replace(/^version: .*$/m, 'version: 1.2.3+build.4');
  await using copy = await temporaryChart({ 'Chart.yaml': text }, { from: chartDirectory });
  const { metadata } = (await render({}, { chart: copy.directory })).by('StatefulSet', 'etcd');
  expect(metadata.labels?.['helm.sh/chart']).toBe('etcd-1.2.3_build.4');
});
