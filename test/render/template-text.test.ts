// The text of the templates: one style, no traps, nothing that makes two renders differ.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chartDirectory } from '../support/project.ts';
import { defaultValues } from '../support/values.ts';
import { nodes } from '../support/values-tree.ts';

const directory = join(chartDirectory, 'templates');
const files = readdirSync(directory).sort();
const texts = new Map(files.map(file => [file, readFileSync(join(directory, file), 'utf8')]));
const everything = [...texts.values()].join('');

interface Definition {
  readonly file: string;
  readonly name: string;
  readonly body: readonly string[];
  /** The line above, which should tell what the helper returns. */
  readonly above: string;
}

const definitions = files.flatMap(file => definitionsIn(file, texts.get(file) ?? ''));

describe.each([...texts])('%s', (file, text) => {
  const lines = text.split('\n');
  /** Returns the lines that `wrong` finds something in, with their numbers. */
  const offending = (wrong: (line: string) => boolean): string[] =>
    lines.flatMap((line, index) => (wrong(line) ? [`${file}:${index + 1}: ${line}`] : []));

  test('is named like its kind, in small letters and dashes', () => {
    expect(file).toMatch(/^(_?[a-z]+(-[a-z]+)*\.(yaml|tpl)|NOTES\.txt)$/);
  });

  test('has neither tabs, carriage returns, trailing spaces nor empty lines in a row, and ends with a line', () => {
    expect(offending(line => /[\t\r]|\s$/.test(line))).toEqual([]);
    expect(text).not.toMatch(/\n{3,}/);
    expect(text).toMatch(/[^\n]\n$/);
  });

  test('indents text by the column it stands in', () => {
    const wrong = (line: string): boolean => {
      const columns = [...line.matchAll(/\bnindent (\d+)/g)].map(match => Number(match[1]));
      return columns.some(column => column !== line.length - line.trimStart().length);
    };
    expect(offending(wrong)).toEqual([]);
    expect(offending(line => /[^n]\bindent\b/.test(line))).toEqual([]);
    expect(offending(line => line.includes('nindent') && !line.trimStart().startsWith('{{- '))).toEqual([]);
  });

  test('includes and never templates, which no function could change', () => {
    expect(offending(line => /\{\{-? *template\b/.test(line))).toEqual([]);
  });

  test('is a pure function of the values and the Kubernetes version', () => {
    const impure =
      /(?<![.$])\b(lookup|rand\w*|now|date\w*|ago|uuidv4|gen[A-Z]\w*|derivePassword|htpasswd|bcrypt|env|expandenv|getHostByName)\b|\.Release\.(IsInstall|IsUpgrade|Revision)/;
    const actions = (line: string): string =>
      line
        .match(/\{\{.*?\}\}/g)
        ?.join(' ')
        .replaceAll(/"[^"]*"|\/\*.*?\*\//g, '') ?? '';
    expect(offending(line => impure.test(actions(line)))).toEqual([]);
    expect(text).not.toContain('helm.sh/hook');
  });

  test('holds one object at most, or one for each entry of a list', () => {
    const loops = offending(line => line.startsWith('{{- range'));
    expect(offending(line => line.trim() === '---').length).toBeLessThanOrEqual(loops.length);
    expect(offending(line => line.startsWith('kind:')).length).toBeLessThanOrEqual(1);
  });

  test('reads only values that values.yaml has', () => {
    const known = nodes(defaultValues()).map(path => path.join('.'));
    const read = [...text.matchAll(/\$?\.Values\.([\w.]+)/g)].map(match => match[1] ?? '');
    expect(read.filter(path => !known.includes(path))).toEqual([]);
  });
});

describe('helpers', () => {
  test.each(definitions)(
    '$name belongs to the chart, says what it returns, and is short',
    ({ name, above, body }) => {
      expect(name).toMatch(/^etcd\.[a-z][A-Za-z]*(\.[a-z][A-Za-z]*)?$/);
      if (!name.startsWith('etcd.validate.')) expect(above).toMatch(/^\{\{-? ?\/\* .+ \*\/ ?-?\}\}$/);
      expect(body.length).toBeLessThanOrEqual(10);
    },
  );

  test('are each defined once', () => {
    const names = definitions.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('are each used, and each that is used is there', () => {
    const names = definitions.map(({ name }) => name);
    const used = [...everything.matchAll(/include "([^"]+)"/g)].map(match => match[1] ?? '');
    const prefixes = [...everything.matchAll(/include \(printf "([^"%]+)%s"/g)].map(match => match[1] ?? '');
    expect(used.filter(name => !names.includes(name))).toEqual([]);
    expect(
      names.filter(name => !used.includes(name) && !prefixes.some(prefix => name.startsWith(prefix))),
    ).toEqual([]);
    // A complaint that validate.yaml does not collect would never be heard.
    const collected = texts.get('validate.yaml') ?? '';
    for (const name of names.filter(candidate => candidate.startsWith('etcd.validate.')))
      expect(collected).toContain(`"${name.slice('etcd.validate.'.length)}"`);
  });
});

function definitionsIn(file: string, text: string): Definition[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const name = /\{\{-? define "([^"]+)"/.exec(line)?.[1];
    if (name === undefined) return [];
    // Helpers end in the first column; blocks inside them are told apart by counting.
    let depth = 1;
    let end = index;
    while (depth > 0 && end < lines.length - 1) {
      end++;
      const opened = (lines[end] ?? '').match(/\{\{-? *(if|range|with|define)\b/g)?.length ?? 0;
      const closed = (lines[end] ?? '').match(/\{\{-? *end\b/g)?.length ?? 0;
      depth += opened - closed;
    }
    return [{ file, name, body: lines.slice(index + 1, end), above: lines[index - 1] ?? '' }];
  });
}
