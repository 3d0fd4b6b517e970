// chart/README.md and the schema's descriptions say what values.yaml says.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { staleDocs } from '../../scripts/docs/docs.ts';
import { withValuesTables } from '../../scripts/docs/readme.ts';
import { withDescriptions } from '../../scripts/docs/schema.ts';
import { chartDirectory, chartValueDocs, type ValueDoc, valueDocs } from '../../scripts/docs/values.ts';
import { isObject } from '../support/json.ts';
import { defaultValues } from '../support/values.ts';

const doc: ValueDoc = { section: 'etcd', path: ['size'], description: 'How | big.', default: '1Gi' };

test('README.md and values.schema.json are up to date', async () => {
  expect(await staleDocs({ write: false })).toEqual([]);
});

test('every default value is documented', () => {
  const documented = chartValueDocs().map(({ path }) => path.join('.'));
  const leaves = (value: unknown, path: string): string[] =>
    documented.includes(path) || !isObject(value)
      ? [path]
      : Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
  expect(leaves(defaultValues(), '')).toEqual(documented);
});

test('the images in Chart.yaml are those of the values', () => {
  const chart = readFileSync(`${chartDirectory}/Chart.yaml`, 'utf8');
  const value = (key: string) => chartValueDocs().find(({ path }) => path.join('.') === key)?.default;
  for (const image of ['image', 'tools.busybox', 'tools.kubectl'])
    expect(chart).toContain(
      ` image: ${value(`${image}.registry`)}/${value(`${image}.repository`)}:${value(`${image}.tag`)}\n`,
    );
  expect(chart).toContain(`\nappVersion: ${String(value('image.tag')).replace('v', '')}\n`);
});

describe('values.yaml', () => {
  test('gives each key its section, whole description and default', () => {
    const text = '# ----- etcd\n\nimage:\n  # -- Where it\n  # is.\n  tag: v1\n# -- Open.\nmore:\n  any: 1\n';
    expect(valueDocs(text)).toEqual([
      { section: 'etcd', path: ['image', 'tag'], description: 'Where it is.', default: 'v1' },
      { section: 'etcd', path: ['more'], description: 'Open.', default: { any: 1 } },
    ]);
  });

  test('is refused with a key that nobody describes', () => {
    expect(() => valueDocs('image:\n  tag: v1\n')).toThrow('values.yaml:2: image.tag has no description');
  });

  test('is refused with a description of nothing', () => {
    expect(() => valueDocs('# -- Gone.\n\nsize: 1\n')).toThrow('values.yaml:2: the comment "-- Gone."');
  });
});

describe('README.md', () => {
  const empty = 'a\n<!-- values: generated from values.yaml -->\n<!-- end of values -->\nb\n';

  test('gets a row for each key, with bars escaped, and again the same', () => {
    const once = withValuesTables(empty, [doc]);
    expect(once).toContain('\n### Etcd\n\nKey | What it does | Default\n--- | --- | ---\n');
    expect(once).toContain('\n`size` | How \\| big. | `"1Gi"`\n');
    expect(withValuesTables(once, [doc])).toBe(once);
  });

  test('is refused without the place for the tables', () => {
    expect(() => withValuesTables('a\n', [doc])).toThrow('README.md has no place for the values');
  });
});

describe('values.schema.json', () => {
  test('gets the description of each key', () => {
    const schema = { properties: { size: { type: 'string', description: 'Old.' } } };
    expect(withDescriptions(schema, [doc])).toEqual({
      properties: { size: { type: 'string', description: 'How | big.' } },
    });
  });

  test('is refused without a key of values.yaml', () => {
    expect(() => withDescriptions({ properties: {} }, [doc])).toThrow('does not know size');
  });
});
