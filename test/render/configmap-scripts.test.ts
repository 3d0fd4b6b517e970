import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { render } from '../support/helm.ts';
import { renderPod, renderStatefulSet, volume } from '../support/pod.ts';
import { chartDirectory } from '../support/project.ts';
import { temporaryChart } from '../support/temporary-chart.ts';

const directory = join(chartDirectory, 'scripts');
const scripts = readdirSync(directory).filter(name => name.endsWith('.sh'));

test('holds every script, byte for byte, and nothing else', async () => {
  const { data = {} } = (await render()).by('ConfigMap', 'etcd-scripts');
  expect(Object.keys(data).sort()).toEqual(scripts.sort());
  for (const script of scripts)
    expect(data[script], script).toBe(readFileSync(join(directory, script), 'utf8'));
});

test('is mounted so that everybody can read and run it', async () => {
  expect(volume(await renderPod(), 'scripts').configMap).toEqual({
    name: 'etcd-scripts',
    defaultMode: 0o555,
  });
});

test('restarts the members when a script changes', async () => {
  const changed = `${readFileSync(join(directory, 'start.sh'), 'utf8')}# changed\n`;
  await using copy = await temporaryChart({ 'scripts/start.sh': changed }, { from: chartDirectory });
  const checksum = async (chart: string): Promise<string | undefined> =>
    (await renderStatefulSet({}, { chart })).spec.template.metadata.annotations?.['checksum/scripts'];
  expect(await checksum(copy.directory)).not.toBe(await checksum(chartDirectory));
});

test('is the same for every release: members of one chart do alike', async () => {
  const [one, other] = await Promise.all([render({}, { release: 'one' }), render({}, { release: 'other' })]);
  expect(one.by('ConfigMap', 'one-etcd-scripts').data).toEqual(
    other.by('ConfigMap', 'other-etcd-scripts').data,
  );
});
