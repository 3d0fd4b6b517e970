import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { combinations, rowOf, startTable, values } from '../support/start-table.ts';
import { programs, scripts } from './support/programs.ts';

beforeAll(() => programs('3.7'));

test('decide.sh and the start table agree on every combination of what a pod can see', async () => {
  const states = combinations();
  // Loops in the order of the combinations: to read each of them would take the shell longer than to decide.
  const loops = Object.entries(values).reduceRight(
    (body, [name, choices]) => `for ${name} in ${choices.join(' ')}; do ${body}; done`,
    'action= reason=; decide; echo "$action $reason"',
  );
  const program = `set -eu; . "$1/decide.sh"; ${loops}`;
  const path = await programs('3.7');
  const { stdout } = await execa(join(path, 'sh'), ['-c', program, 'sh', scripts], {
    env: { PATH: path },
    extendEnv: false,
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
