import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { applets } from '../../scripts/images/busybox.ts';
import { scripts, theBusybox } from './support/programs.ts';
import { shellWords } from './support/shell-words.ts';

// A busybox that must be built first takes longer than a test may.
beforeAll(theBusybox);

/** Part of every shell. */
const builtins = new Set(
  '. : [ break cd command continue echo eval exec exit export false kill local printf read return set shift test trap true umask unset wait'.split(
    ' ',
  ),
);
/** They come from other images. */
const programs = new Set(['etcd', 'etcdctl', 'etcdutl', 'kubectl']);

/** Returns each command of the chart's scripts that is neither a builtin, nor a function of theirs. */
async function calledPrograms(): Promise<string[]> {
  const commands = new Set<string>();
  const functions = new Set<string>();
  for (const file of (await readdir(scripts)).filter(name => name.endsWith('.sh'))) {
    const found = shellWords(await readFile(join(scripts, file), 'utf8'));
    for (const name of found.commands) commands.add(name);
    for (const name of found.functions) functions.add(name);
  }
  return [...commands].filter(name => !builtins.has(name) && !functions.has(name)).sort();
}

test('finds commands wherever they stand, and nothing else', () => {
  const script = `
# not this
a() { b=1 c | d && e; }
case $(f) in
  g | "$(h)") i >j ;;
  *) k "$l (m; n)" 'o; p' ;;
esac
if ! q; then timeout 2 r -s; fi
for t in u v; do w=\${x:-$(y)}; done
echo "$(($(z) + 1))" <<EOT
aa; bb
EOT
`;
  const { commands, functions } = shellWords(script);
  const found = 'c d e echo f h i k q r timeout y z';
  expect([...commands].sort().join(' ')).toBe(found);
  expect([...functions]).toEqual(['a']);
});

test("has every program that the chart's scripts call", async () => {
  const called = await calledPrograms();
  const { path, official } = await theBusybox();
  const existing = await applets(path);
  expect(called).toEqual(expect.arrayContaining(['awk', 'flock', 'stat', 'sync', 'timeout', 'wget']));
  // The harness adds Debian's own flock to Debian's busybox.
  const added = official ? [] : ['flock'];
  expect(called.filter(name => ![...existing, ...added, ...programs].includes(name))).toEqual([]);
});
