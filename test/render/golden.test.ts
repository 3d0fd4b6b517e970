// Whole renders, kept in test/render/golden: what a reader sees of the chart, and what a change changes.
// Update them with `npm run test:render -- -u` and read the difference.
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { goldenScenarios, goldenText } from '../support/golden.ts';
import { bothHelms, render, template } from '../support/helm.ts';
import { kubernetesVersions } from '../support/kubernetes.ts';
import { separated } from '../support/rendered.ts';

// What differs between Kubernetes versions differs between these.
const ends = [kubernetesVersions[0], kubernetesVersions.at(-1)];
const scenarios = goldenScenarios();

describe.each(scenarios)('$name', ({ name, values, options }) => {
  test('renders what test/render/golden keeps', async () => {
    await expect(goldenText(await render(values, options))).toMatchFileSnapshot(`golden/${name}.yaml`);
  });

  test('is valid for the oldest Kubernetes, by the oldest Helm', async () => {
    const { manifests } = await render(values, { helm: 'helm3', kubeVersion: ends[0] ?? '' });
    expect(manifests.length).toBeGreaterThan(0);
  });
});

describe('the default', () => {
  const values = {};

  test.each(kubernetesVersions)('is valid for Kubernetes %s', async kubeVersion => {
    const { manifests } = await render(values, { kubeVersion });
    expect(manifests.length).toBeGreaterThan(0);
  });

  test('renders byte for byte the same twice', async () => {
    expect(await template(values)).toBe((await render(values)).text);
  });

  test.each(ends)('renders the same by Helm 3 and Helm 4 for Kubernetes %s', async (kubeVersion = '') => {
    const [four, three] = await Promise.all(bothHelms.map(helm => template(values, { helm, kubeVersion })));
    expect(separated(three ?? '')).toBe(separated(four ?? ''));
  });

  test('renders the same for an upgrade as for an installation', async () => {
    expect(await template(values, { upgrade: true })).toBe((await render(values)).text);
  });
});

test('no golden file outlives its values', () => {
  const kept = readdirSync(new URL('golden', import.meta.url)).map(file => basename(file, '.yaml'));
  expect(kept.sort()).toEqual(scenarios.map(({ name }) => name).sort());
});
