import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { programs, scripts } from './support/programs.ts';

beforeAll(() => programs('3.7'));

/** Runs `call` on a list of these lines and returns what it prints. */
async function onList(lines: readonly string[], call: string): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'etcd-chart-list-'));
  onTestFinished(() => rm(scratch, { recursive: true, force: true }));
  await writeFile(join(scratch, 'members'), lines.map(line => `${line}\n`).join(''));
  const path = await programs('3.7');
  const program = `set -eu; scratch=$1 POD_NAME=etcd-1; . "$2/members.sh"; ${call}`;
  const { stdout } = await execa(join(path, 'sh'), ['-c', program, 'sh', scratch, scripts], {
    env: { PATH: path },
    extendEnv: false,
  });
  return stdout;
}

describe.each([
  ['of digits and letters', '9ad839aebd3bde67'],
  ['that reads like a number beyond all numbers', '6418e28702717813'],
  ['that reads like zero', '0000e28702717813'],
  ['of digits alone', '6418028702717813'],
])('an ID %s', (_, id) => {
  const founder = '7436671731cb4cda 0 started voter etcd-0 http://etcd-0:2380';
  const learner = `${id} 1 unstarted learner - http://etcd-1:2380`;
  // Alike as numbers, not as text.
  const other = `${id.slice(0, 5)}e28702717814 2 started voter etcd-2 http://etcd-2:2380`;

  test('is found in the list, and no other', async () => {
    expect(await onList([founder, other, learner], `member_with 1 ${id}`)).toBe(learner);
  });

  test('is the one that gets the name of the pod that joins', async () => {
    expect(await onList([founder, learner], `initial_cluster ${id}`)).toBe(
      'etcd-0=http://etcd-0:2380,etcd-1=http://etcd-1:2380',
    );
  });
});
