// The files of values/, as somebody finds and reads them.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { examples } from '../support/values.ts';

/** The pages of docs/ that have a table of these files. */
const pages = ['storage.md', 'access.md', 'operator.md'].map(name =>
  readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8'),
);

describe.each(examples())('values/$name.yaml', ({ file, name }) => {
  const text = readFileSync(file, 'utf8');
  const header = /^(#.*\n)+/.exec(text)?.[0] ?? '';

  test('says when to use it, what must be there before, and the one command', () => {
    expect(header.split('\n')[0]).toMatch(/^# \S.*[a-z]/);
    expect(header).toMatch(/^# Before: \S/m);
    expect(header).toContain(`#   helm install etcd ./chart --values values/${name}.yaml\n`);
    expect(header.match(/helm install/g)).toHaveLength(1);
  });

  test('is linked on one page of the docs', () => {
    const link = `[\`${name}.yaml\`](../values/${name}.yaml)`;
    expect(pages.filter(page => page.includes(link))).toHaveLength(1);
  });
});
