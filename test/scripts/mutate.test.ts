// What `npm run test:mutate` breaks.
import { describe, expect, test } from 'vitest';
import { schemaMutants, templateMutants } from '../../scripts/mutate/mutant.ts';

/** Returns the lines that the mutants of a template of one line have in its place. */
function instead(line: string): string[] {
  return templateMutants('templates/a.yaml', line).map(({ text }) => text);
}

describe('a line of a template', () => {
  test.each([
    ['{{- if .Values.a }}', ['{{- if not (.Values.a) }}']],
    ['{{- else if eq .a "b" -}}', ['{{- else if not (eq .a "b") -}}', '{{- else if ne .a "b" -}}']],
    ['  {{- with .Values.a }}', ['  {{- with "" }}']],
    ['{{- range $key, $value := .Values.a }}', ['{{- range $key, $value := list }}']],
    [
      '{{- if and .a (gt .b 1) }}',
      ['{{- if not (and .a (gt .b 1)) }}', '{{- if and .a (lt .b 1) }}', '{{- if or .a (gt .b 1) }}'],
    ],
    ['a: {{ or .a .b }}', ['', 'a: {{ and .a .b }}']],
    ['{{- join " and " .a -}}', ['']],
    ['targetPort: client', ['', 'targetPort: clientx']],
    ['  port: 2379', ['', '  port: 12379']],
    ['readOnly: true', ['', 'readOnly: false']],
    ['name: a', ['']],
  ])('%s', (line, mutants) => {
    expect(instead(line)).toEqual(mutants);
  });

  test.each(['', '# a comment', '{{/* a comment */}}', '{{- define "etcd.a" -}}', '{{- end }}'])(
    '%j stays',
    line => {
      expect(instead(line)).toEqual([]);
    },
  );

  test('is named by its number, and the others stay', () => {
    const [mutant] = templateMutants('templates/a.yaml', 'a: 1b\nb: c\n');
    expect(mutant).toEqual({
      file: 'templates/a.yaml',
      place: '1',
      what: 'takes out: a: 1b',
      text: '\nb: c\n',
    });
  });
});

test('the schema loses each of its rules, and no name that reads like one', () => {
  const schema = {
    type: 'object',
    required: ['type'],
    properties: { type: { type: 'string', minLength: 1 }, open: { additionalProperties: true } },
  };
  const found = schemaMutants('values.schema.json', schema);
  expect(found.map(({ place, what }) => `${place} ${what}`)).toEqual([
    '(root) takes out type: "object"',
    '(root) takes out required: ["type"]',
    'properties.type takes out type: "string"',
    'properties.type takes out minLength: 1',
  ]);
  expect(JSON.parse(found.at(-1)?.text ?? '')).toEqual({
    ...schema,
    properties: { ...schema.properties, type: { type: 'string' } },
  });
});
