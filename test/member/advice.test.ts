import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scripts } from './support/programs.ts';

/** Each command that a log line names, and the test that runs it and finds the cluster whole afterwards. */
const tested: Record<string, readonly [file: string, title: string]> = {
  'delete pvc': ['recovery', 'is refused by the quorum, and does not fire when the quorum is lost later'],
  'delete pod': ['recovery', 'is refused by the quorum, and does not fire when the quorum is lost later'],
  'delete pod --force': ['restore', 'a pod that does not stop is waited for until it is removed'],
  'exec mv': ['recovery', 'on a shared volume: the line moves its directory aside'],
  'exec etcdctl': ['recovery', 'is not a lost quorum: it is reported, no restore is advised'],
  'delete configmap': ['recovery', 'does not take the older data with it'],
  'create configmap': ['recovery', 'does not take the older data with it'],
  'scale statefulset': ['recovery', 'says who sleeps with the data'],
};
/** Commands that change nothing. */
const harmless = ['describe pods', 'exec ls', 'logs'];

/** Returns the commands in the chart's scripts, each as its verb and what it is applied to. */
async function commands(): Promise<string[]> {
  const files = (await readdir(scripts)).filter(file => file.endsWith('.sh'));
  const texts = await Promise.all(files.map(file => readFile(join(scripts, file), 'utf8')));
  const found = texts.flatMap(text =>
    [...text.matchAll(/kubectl -n \$POD_NAMESPACE ([^"&`\n]*)/g)].map(match => match[1] ?? ''),
  );
  return [...new Set(found.map(nameOf))].sort();
}

function nameOf(command: string): string {
  const words = command.trim().split(' ');
  const inside = words.indexOf('--');
  if (words[0] === 'exec') return `exec ${words[inside + 1]?.split('/').at(-1)}`;
  if (words[0] === 'logs') return 'logs';
  const kind = words[1]?.replace(/\$.*/, '') ?? '';
  return `${words[0]} ${kind}${words.includes('--force') ? ' --force' : ''}`;
}

describe('advice in log lines', () => {
  test('has a test for each command that changes something', async () => {
    const named = await commands();
    expect(named.filter(name => !harmless.includes(name))).toEqual(Object.keys(tested).sort());
  });

  test.each(Object.entries(tested))('%s: the test exists', async (_, [file, title]) => {
    const text = await readFile(join(import.meta.dirname, `${file}.test.ts`), 'utf8');
    expect(text).toContain(title);
  });
});
