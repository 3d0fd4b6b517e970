// The Helm that stays for all renders says byte for byte what `helm template` says: what is tested is what people run.
import { describe, expect, test } from 'vitest';
import { customApis } from '../support/crds.ts';
import { bothHelms, type HelmName } from '../support/helm.ts';
import { helmServer, startHelm } from '../support/helm-program.ts';
import type { HelmAnswer, HelmServer } from '../support/helm-server.ts';
import type { JsonObject } from '../support/json.ts';
import { everything, permutations } from '../support/permutations.ts';
import { chartDirectory } from '../support/project.ts';
import { parentChart, temporaryChart } from '../support/temporary-chart.ts';
import { examples } from '../support/values.ts';

/** The first render of a process, and one after another: nothing of a render may be left for the next. */
const taken: readonly (readonly [name: string, values: JsonObject])[] = [
  ['the defaults', {}],
  ['everything', everything],
  ['the defaults again', {}],
  ...[...permutations.slice(1), ...examples()].map(({ name, values }) => [name, values] as const),
];
const refused: readonly (readonly [name: string, values: JsonObject])[] = [
  ['by the schema', { replicaCount: '3', image: { tog: 'v3.7.3' }, persistence: null }],
  ['by the chart', { persistence: { shared: true, class: { create: true } } }],
];

/** Helm lists what a schema has against values in any order. */
function sorted({ stdout, stderr, failed }: HelmAnswer): HelmAnswer {
  return { stdout, failed, stderr: stderr.split('\n').sort().join('\n') };
}

const servers: { readonly helm: HelmName; readonly stays: HelmServer }[] = [];
for (const helm of bothHelms) {
  const stays = await helmServer(helm);
  if (stays !== undefined) servers.push({ helm, stays });
}

// Without Go there is none to compare, as helmServer has said; each render starts a Helm then.
test.skipIf(servers.length === 0)('stays for both Helms', () => {
  expect(servers.map(({ helm }) => helm)).toEqual(bothHelms);
});

describe.each(servers)('$helm', ({ helm, stays }) => {
  /** Returns what both ways say to the same question. */
  async function both(values: JsonObject, { chart = chartDirectory, more = [] as readonly string[] } = {}) {
    const args = ['template', 'shop', chart, '--values=-', '--namespace=default', '--kube-version=1.36.3'];
    const apis = customApis.map(api => `--api-versions=${api}`);
    const question = [helm, [...args, ...apis, ...more], JSON.stringify(values)] as const;
    const { stdout, stderr, failed } = await startHelm(...question);
    const answer = await stays.run(question[1], question[2]);
    return { process: sorted({ stdout, stderr, failed }), server: sorted(answer) };
  }

  test.each(taken)('renders the same for %s', async (_, values) => {
    const { process, server } = await both(values);
    expect(process.failed).toBe(false);
    expect(server).toEqual(process);
  });

  test.each(refused)('refuses the same %s', async (_, values) => {
    const { process, server } = await both(values);
    expect(process.failed).toBe(true);
    expect(server).toEqual(process);
  });

  test('knows the same options', async () => {
    const apis = ['a.example/v1', 'b.example/v1/Kind'].map(api => `--api-versions=${api}`);
    const more = [...apis, '--is-upgrade', '--skip-schema-validation', '--namespace=other'];
    const { process, server } = await both({ replicaCount: '3' }, { more });
    expect(process.failed).toBe(false);
    expect(server).toEqual(process);
    const none = await both({});
    expect(none.server).toEqual(none.process);
  });

  test('renders, warns and fails the same for other charts', async () => {
    await using parent = await parentChart(['etcd', 'store']);
    const { process, server } = await both(
      { store: { enabled: true, replicaCount: 5 } },
      { chart: parent.directory },
    );
    expect(process.failed).toBe(false);
    expect(server).toEqual(process);
    await using tiny = await temporaryChart({
      'Chart.yaml': 'apiVersion: v2\nname: tiny\nversion: 0.1.0\n',
      'values.yaml': 'map: {}\n',
      'templates/it.yaml': '{{ if .Values.fail }}a: {{ .Values.fail }}{{ end }}',
      'templates/hook.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\n  annotations:\n    helm.sh/hook: pre-install\n',
    });
    for (const values of [{}, { map: 'text' }, { fail: '{ a: b' }, { fail: 1 }]) {
      const outcomes = await both(values, { chart: tiny.directory });
      expect(outcomes.server).toEqual(outcomes.process);
    }
    const missing = await both({}, { chart: `${tiny.directory}/nowhere` });
    expect(missing.process.failed).toBe(true);
    expect(missing.server).toEqual(missing.process);
  });
});
