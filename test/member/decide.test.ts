import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { programs, scripts } from './support/programs.ts';

// The start table of the design, written down a second time: decide.sh must say the same for every input.

const values = {
  volume: ['empty', 'bare', 'copy', 'mine'],
  record: ['absent', 'forming', 'formed', 'stopping', 'restoring'],
  record_order: ['same', 'higher', 'lower', 'conflict'],
  recorded_founder: ['yes', 'no'],
  quorum: ['yes', 'no'],
  listed: ['yes', 'no'],
  newer_elsewhere: ['yes', 'no'],
  others_annotated: ['yes', 'no'],
  peers_answer: ['yes', 'no'],
  ordinal: ['0', '2', '10'],
  replicas: ['0', '1', '3', '11'],
} as const;

type State = { -readonly [Name in keyof typeof values]: (typeof values)[Name][number] };

interface Row {
  row: string;
  action: string;
  when(state: State): boolean;
}

const empty = ({ volume }: State) => volume === 'empty';
const mine = ({ volume }: State) => volume === 'mine';
const copy = ({ volume }: State) => volume === 'copy';
const absent = ({ record }: State) => record === 'absent';
const same = (state: State) => !absent(state) && state.record_order === 'same';

/** The first row that matches wins. */
const table: readonly Row[] = [
  { row: '1', action: 'wait', when: ({ record }) => record === 'stopping' },
  // Nobody restores yet: everybody waits, the named source too.
  { row: '2', action: 'wait', when: ({ record }) => record === 'restoring' },
  { row: '3', action: 'wait', when: ({ volume }) => volume === 'bare' },
  { row: '4', action: 'archive', when: state => copy(state) && state.quorum === 'yes' },
  { row: '5', action: 'wait', when: copy },
  {
    row: '6',
    action: 'archive',
    when: state =>
      mine(state) && (same(state) || absent(state)) && state.quorum === 'yes' && state.listed === 'no',
  },
  { row: '7', action: 'start', when: state => mine(state) && same(state) },
  {
    row: '8',
    action: 'archive',
    when: state => mine(state) && state.record === 'formed' && state.record_order === 'higher',
  },
  {
    row: '9',
    action: 'wait',
    when: state => mine(state) && !absent(state) && ['lower', 'conflict'].includes(state.record_order),
  },
  {
    row: '10',
    action: 'start',
    when: state => mine(state) && absent(state) && state.newer_elsewhere === 'no',
  },
  { row: '11', action: 'wait', when: state => mine(state) && absent(state) },
  {
    row: '12',
    action: 'wait',
    when: state => empty(state) && Number(state.ordinal) >= Number(state.replicas),
  },
  {
    row: '13',
    action: 'found',
    when: state =>
      empty(state) &&
      absent(state) &&
      state.ordinal === '0' &&
      state.peers_answer === 'no' &&
      state.others_annotated === 'no',
  },
  { row: '14', action: 'wait', when: state => empty(state) && absent(state) },
  {
    row: '15',
    action: 'found-again',
    when: state => empty(state) && state.record === 'forming' && state.recorded_founder === 'yes',
  },
  { row: '16', action: 'wait', when: state => empty(state) && state.record === 'forming' },
  {
    row: '17',
    action: 'join',
    when: state => empty(state) && state.record === 'formed' && state.quorum === 'yes',
  },
  { row: '18', action: 'wait', when: state => empty(state) && state.record === 'formed' },
  // A higher generation that is still forming: nothing may be started and nothing put aside.
  { row: 'none', action: 'wait', when: () => true },
];

function rowOf(state: State): Row {
  const row = table.find(candidate => candidate.when(state));
  if (row === undefined) throw new Error(`no row for ${JSON.stringify(state)}`);
  return row;
}

function combinations(): State[] {
  let states: Record<string, string>[] = [{}];
  for (const [name, choices] of Object.entries(values)) {
    states = states.flatMap(state => choices.map(choice => ({ ...state, [name]: choice })));
  }
  return states as State[];
}

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
  expect([...seen].sort()).toEqual(table.map(({ row }) => row).sort());
});
