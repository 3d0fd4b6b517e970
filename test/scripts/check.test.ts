// `npm run check`: somebody's own values, what they make, and what is wrong with them.
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { checkArguments } from '../../scripts/check/arguments.ts';
import { checkValues, readable } from '../../scripts/check/complaints.ts';
import { summary } from '../../scripts/check/summary.ts';
import { valuesOfFiles } from '../../scripts/check/values-files.ts';
import { temporaryChart } from '../support/temporary-chart.ts';

const place = { release: 'etcd', namespace: 'default' };
const root = join(import.meta.dirname, '..', '..');

describe('the arguments', () => {
  test('are files, each by itself or put together, and where the release goes', () => {
    expect(checkArguments(['a.yaml', 'b.yaml,c.yaml', '--namespace', 'shop'])).toEqual({
      help: false,
      sets: [['a.yaml'], ['b.yaml', 'c.yaml']],
      release: 'etcd',
      namespace: 'shop',
    });
  });

  test.each([
    [[], 'Give a file with values'],
    [['--force', 'a.yaml'], "Unknown option '--force'"],
  ])('%j are refused', (args, reason) => {
    expect(() => checkArguments(args)).toThrow(reason);
  });
});

describe('files', () => {
  test('are put together as Helm does, and name themselves when they cannot be read', async () => {
    const files = {
      'a.yaml': 'a: {b: 1, c: 1}\n',
      'b.yaml': 'a: {b: 2}\n',
      'list.yaml': '- a\n',
      'broken.yaml': 'a: [1\n',
      'twice.yaml': 'a: 1\na: 2\n',
    };
    await using directory = await temporaryChart(files);
    const at = (name: string): string => join(directory.directory, name);
    expect(valuesOfFiles([at('a.yaml'), at('b.yaml')])).toEqual({ a: { b: 2, c: 1 } });
    expect(() => valuesOfFiles([at('none.yaml')])).toThrow(`${at('none.yaml')}: there is no such file`);
    expect(() => valuesOfFiles([at('list.yaml')])).toThrow('values are a map of keys');
    expect(() => valuesOfFiles([at('broken.yaml')])).toThrow(`${at('broken.yaml')}: `);
    expect(() => valuesOfFiles([at('twice.yaml')])).toThrow('unique');
  });
});

describe('a complaint of the schema', () => {
  test.each([
    [
      '/config/logLevel must be equal to one of the allowed values ["info"]',
      'config.logLevel: must be equal to one of the allowed values ["info"]',
    ],
    ["/ must have required property 'image'", "the values: must have required property 'image'"],
    [
      '/persistence must NOT have additional properties "sizee"',
      'persistence.sizee: is no key of the chart; did you mean persistence.size?',
    ],
    [
      '/ must NOT have additional properties "replicas"',
      'replicas: is no key of the chart; did you mean replicaCount?',
    ],
    ['/ must NOT have additional properties "zzzzzz"', 'zzzzzz: is no key of the chart'],
  ])('%s', (complaint, words) => {
    expect(readable(complaint)).toBe(words);
  });
});

describe('values', () => {
  test('that are right make objects, each with a line about it', async () => {
    const { rendered, complaints } = await checkValues({ replicaCount: 5 }, place);
    expect(complaints).toEqual([]);
    const lines = summary(rendered?.manifests ?? []);
    expect(lines.length).toBe(rendered?.manifests.length);
    expect(lines.join('\n')).toMatch(
      /^StatefulSet {2,}etcd {2,}5 pods of \S+etcd:v\S+, each with 20Gi of the default class for data$/m,
    );
    expect(lines.join('\n')).toMatch(/^Service {2,}etcd-peer {2,}headless, 2380, 2379$/m);
  });

  test('that are wrong are told by the schema, by the rules between keys, and by Kubernetes', async () => {
    const complaintsOf = async (values: Parameters<typeof checkValues>[0]) =>
      (await checkValues(values, place)).complaints.map(line => line.split(': ')[0]);
    expect(await complaintsOf({ replicaCount: 0, persistence: { enabled: false }, replicas: 1 })).toEqual([
      'replicas',
      'replicaCount',
    ]);
    expect(await complaintsOf({ config: { heartbeatInterval: 900 } })).toEqual(['config.electionTimeout']);
    const { rendered, complaints } = await checkValues({ tolerations: [{ kye: 'a' }] }, place);
    expect(rendered).toBeDefined();
    expect(complaints.join('\n')).toContain('Kubernetes 1.34.4: StatefulSet/etcd: ');
    expect(complaints.join('\n')).toContain('"kye"');
  });
});

test('the command says what is wrong and ends with 1, or with 2 when it could not look', async () => {
  await using directory = await temporaryChart({ 'bad.yaml': 'replicas: 3\n' });
  const check = (...args: string[]) =>
    execa(process.execPath, ['--import', 'tsx', 'scripts/check/main.ts', ...args], {
      cwd: root,
      env: { INIT_CWD: directory.directory },
      reject: false,
    });
  const [bad, none] = await Promise.all([check('bad.yaml'), check('none.yaml')]);
  expect([bad.exitCode, none.exitCode]).toEqual([1, 2]);
  expect(bad.stdout).toContain('bad.yaml: 1 complaint');
  expect(bad.stderr).toContain('- replicas: is no key of the chart; did you mean replicaCount?');
  expect(none.stderr).toContain('none.yaml: there is no such file');
});
