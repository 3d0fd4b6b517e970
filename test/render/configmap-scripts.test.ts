import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bothHelms } from '../support/helm.ts';
import { everything } from '../support/permutations.ts';
import { renderPod, renderScripts, volume } from '../support/pod.ts';
import { chartDirectory } from '../support/project.ts';
import { temporaryChart } from '../support/temporary-chart.ts';

const directory = join(chartDirectory, 'scripts');
const scripts = readdirSync(directory).filter(name => name.endsWith('.sh'));

test('holds every script, byte for byte, and nothing else', async () => {
  const { data = {} } = await renderScripts();
  expect(Object.keys(data).sort()).toEqual(scripts.sort());
  for (const script of scripts)
    expect(data[script], script).toBe(readFileSync(join(directory, script), 'utf8'));
});

test('is mounted so that every user can read and run it', async () => {
  const { metadata } = await renderScripts();
  expect(volume(await renderPod(), 'scripts').configMap).toEqual({
    name: metadata.name,
    defaultMode: 0o555,
  });
});

test('has a new name when a script changes, which restarts the members', async () => {
  const changed = `${readFileSync(join(directory, 'start.sh'), 'utf8')}# changed\n`;
  await using copy = await temporaryChart({ 'scripts/start.sh': changed }, { from: chartDirectory });
  const chart = copy.directory;
  const { metadata } = await renderScripts({}, { chart });
  expect(metadata.name).not.toBe((await renderScripts()).metadata.name);
  expect(volume(await renderPod({}, { chart }), 'scripts').configMap?.name).toBe(metadata.name);
});

test('has the same name when only the values or the version of the chart change', async () => {
  const chart = readFileSync(join(chartDirectory, 'Chart.yaml'), 'utf8');
  const next = chart.replace(/^version: .*$/m, 'version: 99.0.0');
  await using copy = await temporaryChart({ 'Chart.yaml': next }, { from: chartDirectory });
  const { name } = (await renderScripts()).metadata;
  expect((await renderScripts({}, { chart: copy.directory })).metadata.name).toBe(name);
  expect((await renderScripts({ ...everything, fullnameOverride: 'etcd' })).metadata.name).toBe(name);
});

test.each(bothHelms)('ends its name with ten digits of a hash, the same by %s', async helm => {
  const { metadata, data } = await renderScripts({}, { helm });
  expect(metadata.name).toMatch(/^etcd-scripts-[0-9a-f]{10}$/);
  expect({ name: metadata.name, data }).toEqual({
    name: (await renderScripts()).metadata.name,
    data: (await renderScripts()).data,
  });
});

// A ConfigMap volume updates in place: a running pod would get new scripts with its old environment.
test('cannot change, and outlives its release, because pods of the previous revision still mount it', async () => {
  const { immutable, metadata } = await renderScripts({ commonAnnotations: { 'example.com/a': 'b' } });
  expect(immutable).toBe(true);
  expect(metadata.annotations).toEqual({
    'example.com/a': 'b',
    'helm.sh/resource-policy': 'keep',
    'argocd.argoproj.io/sync-options': 'Prune=false',
    'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
  });
});

test('has the same content and hash in every release', async () => {
  const [one, other] = await Promise.all(['one', 'other'].map(release => renderScripts({}, { release })));
  expect(one?.data).toEqual(other?.data);
  expect(one?.metadata.name.replace('one-', '')).toBe(other?.metadata.name.replace('other-', ''));
});

test('has a name that Kubernetes takes with the longest full name', async () => {
  const fullnameOverride = 'n'.repeat(52);
  const { name } = (await renderScripts({ fullnameOverride })).metadata;
  expect(name).toMatch(/^n{52}-scripts-[0-9a-f]{10}$/);
});
