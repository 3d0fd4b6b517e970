// The start table of the design, written down a second time. decide.sh must say the same for every input, and
// the model of the protocol decides by it.

/** What a starting pod can see, by the names decide.sh gives it. */
export const values = {
  volume: ['empty', 'bare', 'copy', 'half', 'mine', 'staged'],
  record: ['absent', 'forming', 'formed', 'stopping', 'restoring'],
  record_order: ['same', 'higher', 'lower', 'conflict'],
  recorded_founder: ['yes', 'no'],
  quorum: ['yes', 'no'],
  listed: ['yes', 'no'],
  newer_elsewhere: ['no', 'higher', 'conflict'],
  others_annotated: ['yes', 'no'],
  peers_answer: ['yes', 'no'],
  asked: ['yes', 'no'],
  restore_source: ['yes', 'no'],
  ordinal: ['0', '10'],
  replicas: ['0', '1', '11'],
} as const;

/** One combination of what a pod can see. */
export type Seen = {
  -readonly [Name in keyof typeof values]: Name extends 'ordinal' | 'replicas'
    ? string
    : (typeof values)[Name][number];
};

export interface Row {
  row: string;
  action: 'wait' | 'start' | 'archive' | 'found' | 'found-again' | 'join' | 'sign' | 'begin' | 'restore';
  when(state: Seen): boolean;
}

const empty = ({ volume }: Seen) => volume === 'empty';
const mine = ({ volume }: Seen) => volume === 'mine';
/** What another volume's data, and data apart from its log, have in common: neither starts. */
const copy = ({ volume }: Seen) => volume === 'copy' || volume === 'half';
const absent = ({ record }: Seen) => record === 'absent';
const same = (state: Seen) => !absent(state) && state.record_order === 'same';

/** The first row that matches wins. */
export const startTable: readonly Row[] = [
  { row: '1', action: 'sign', when: ({ record }) => record === 'stopping' },
  {
    row: '2',
    action: 'restore',
    when: ({ record, restore_source }) => record === 'restoring' && restore_source === 'yes',
  },
  // Somebody asks for a restore from this volume, and it may begin.
  {
    row: 'request',
    action: 'begin',
    when: ({ asked, record, volume }) =>
      asked === 'yes' && record !== 'forming' && ['bare', 'copy', 'half', 'mine'].includes(volume),
  },
  { row: '2, the others', action: 'wait', when: ({ record }) => record === 'restoring' },
  // What was restored cannot be put in its place.
  { row: 'staged', action: 'wait', when: ({ volume }) => volume === 'staged' },
  { row: '3', action: 'wait', when: ({ volume }) => volume === 'bare' },
  { row: '4', action: 'archive', when: state => copy(state) && state.quorum === 'yes' },
  { row: '5', action: 'wait', when: copy },
  {
    row: '6',
    action: 'archive',
    when: state =>
      mine(state) && (same(state) || absent(state)) && state.quorum === 'yes' && state.listed === 'no',
  },
  // An old record that was put back, beside volumes of a later generation, starts nobody.
  {
    row: '7',
    action: 'start',
    when: state =>
      mine(state) && same(state) && (state.quorum === 'yes' || state.newer_elsewhere !== 'higher'),
  },
  { row: '7, newer elsewhere', action: 'wait', when: state => mine(state) && same(state) },
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

/** Returns the row of the table that decides. */
export function rowOf(state: Seen, table: readonly Row[] = startTable): Row {
  const row = table.find(candidate => candidate.when(state));
  if (row === undefined) throw new Error(`no row for ${JSON.stringify(state)}`);
  return row;
}

/** Returns everything a pod can see. */
export function combinations(): Seen[] {
  let states: Record<string, string>[] = [{}];
  for (const [name, choices] of Object.entries(values)) {
    states = states.flatMap(state => choices.map(choice => ({ ...state, [name]: choice })));
  }
  return states as Seen[];
}
