import { expect, test } from 'vitest';
import { anchorsOf, deadLinks } from '../../scripts/lint/links.ts';

function complaints(texts: Record<string, string>, ...others: string[]): string[] {
  const files = new Map(Object.entries(texts));
  return deadLinks(files, path => files.has(path) || others.includes(path));
}

test('a heading gets the anchor that GitHub gives it', () => {
  const markdown = '# The `etcd` says: not yet!\n## More pods\n## More pods\n```\n# no heading\n```\n';
  expect([...anchorsOf(markdown)]).toEqual(['the-etcd-says-not-yet', 'more-pods', 'more-pods-1']);
});

test('links to files and headings that exist are fine', () => {
  const texts = {
    'README.md':
      '# A b\n[x](docs/a.md#over-there) [y](#a-b) [z](LICENSE) [w](https://example.org/none)\n\n`[code](none)`\n',
    'docs/a.md': '## Over there\n[up](../README.md)\n[ref]: ../LICENSE\n',
    'chart/scripts/log.sh': 'echo "see docs/a.md#over-there"\n',
  };
  expect(complaints(texts, 'LICENSE')).toEqual([]);
});

test.for([
  ['a missing file', '[x](gone.md)', 'README.md:1: gone.md: there is no gone.md'],
  ['a missing heading', '[x](#gone)', 'README.md:1: #gone: README.md has no heading for #gone'],
  ['a reference', '\n[x]: gone.md', 'README.md:2: gone.md: there is no gone.md'],
] as const)('%s is named with its line', ([, text, complaint]) => {
  expect(complaints({ 'README.md': text })).toEqual([complaint]);
});

test("a log line's link into docs/failures.md is followed, also through the scripts' variable", () => {
  const texts = {
    'docs/failures.md': '## No quorum\n',
    'chart/scripts/reasons.sh':
      'a docs/failures.md#no-quorum\nb $failures_doc#no-quorum\nc $failures_doc#gone\n',
  };
  expect(complaints(texts)).toEqual([
    'chart/scripts/reasons.sh:3: ../../docs/failures.md#gone: docs/failures.md has no heading for #gone',
  ]);
});
