import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { combinations, rowOf, startTable, values } from '../support/start-table.ts';
import { programs, scripts } from './support/programs.ts';

beforeAll(() => programs('3.7'));

test('decide.sh and the start table agree on every combination of what a pod can see', async () => {
  const names = Object.keys(values);
  const states = combinations();
  const program = `
    set -eu
    . "$1/decide.sh"
    while read -r ${names.join(' ')}; do
      action= reason=
      decide
      echo "$action $reason"
    done`;
  const path = await programs('3.7');
  const { stdout } = await execa(join(path, 'sh'), ['-c', program, 'sh', scripts], {
    env: { PATH: path },
    extendEnv: false,
    input: `${states.map(state => Object.values(state).join(' ')).join('\n')}\n`,
    maxBuffer: 100_000_000,
  });
  const answers = stdout.split('\n').map(line => line.split(' '));
  expect(answers).toHaveLength(states.length);
  const different: string[] = [];
  const seen = new Set<string>();
  for (const [index, state] of states.entries()) {
    const { row, action } = rowOf(state);
    const [said, reason = ''] = answers[index] ?? [];
    seen.add(row);
    if (said !== action || reason === '') {
      different.push(
        `row ${row} says ${action}, decide.sh says ${said} (${reason}): ${JSON.stringify(state)}`,
      );
    }
  }
  expect(different.slice(0, 10), `${different.length} of ${states.length} differ`).toEqual([]);
  expect([...seen].sort()).toEqual(startTable.map(({ row }) => row).sort());
});
