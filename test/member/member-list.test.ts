import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { programs, scripts } from './support/programs.ts';

beforeAll(() => programs('3.7'));

/** Runs `call` on a list of these lines, with `input` as $3, and returns what it prints. */
async function onList(lines: readonly string[], call: string, input = ''): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'etcd-chart-list-'));
  onTestFinished(() => rm(scratch, { recursive: true, force: true }));
  await writeFile(join(scratch, 'members'), lines.map(line => `${line}\n`).join(''));
  const path = await programs('3.7');
  const program = `set -eu; scratch=$1 POD_NAME=etcd-1; . "$2/members.sh"; ${call}`;
  const { stdout } = await execa(join(path, 'sh'), ['-c', program, 'sh', scratch, scripts, input], {
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
  const founder = '7436671731cb4cda 0 started voter http://etcd-0:2380';
  const learner = `${id} 1 unstarted learner http://etcd-1:2380`;
  // Alike as numbers, not as text.
  const other = `${id.slice(0, 5)}e28702717814 2 started voter http://etcd-2:2380`;

  test('is found in the list, and no other', async () => {
    expect(await onList([founder, other, learner], `member_with 1 ${id}`)).toBe(learner);
  });

  test('is the one that gets the name of the pod that joins', async () => {
    expect(await onList([founder, learner], `initial_cluster ${id}`)).toBe(
      '7436671731cb4cda=http://etcd-0:2380,etcd-1=http://etcd-1:2380',
    );
  });
});

describe('what etcdctl prints', () => {
  const printed = `"ClusterID" : 255
"MemberID" : 1
"RaftTerm" : 2
"ID" : 1
"Name" : "a name with spaces"
"PeerURL" : "http://10.0.0.7:2380"
"PeerURL" : "http://10.0.0.8:2380"
"ClientURL" : "http://10.0.0.7:2379"
"IsLearner" : false

"ID" : 2
"Name" : ""
"PeerURL" : "http://member-1:2380"
"IsLearner" : true
`;

  test('becomes a line for each member, whatever its name and however many URLs it has', async () => {
    const call = `ordinal_of() { case $1 in http://member-*) u=\${1#http://member-}; echo "\${u%%:*}" ;; esac; }
      printf '%s' "$3" >"$scratch/printed"; parse_members "$scratch/printed"; echo "$cluster_id"; cat "$members_file"`;
    expect(await onList([], call, printed)).toBe(
      [
        '00000000000000ff',
        '0000000000000001 - started voter http://10.0.0.7:2380,http://10.0.0.8:2380',
        '0000000000000002 1 unstarted learner http://member-1:2380',
      ].join('\n'),
    );
  });

  test('is listed for a first start with every URL', async () => {
    const lines = ['0000000000000001 - started voter http://10.0.0.7:2380,http://10.0.0.8:2380'];
    expect(await onList(lines, 'initial_cluster 2')).toBe(
      '0000000000000001=http://10.0.0.7:2380,0000000000000001=http://10.0.0.8:2380',
    );
  });
});
