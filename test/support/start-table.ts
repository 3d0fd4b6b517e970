// The start table of the design, written a second time. decide.sh must return the same action for every input, and
// the model of the protocol uses this table.

/** The inputs of decide(), by the names that decide.sh gives them. */
export const values = {
  volume: ['empty', 'unidentified', 'foreign', 'own', 'staged'],
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

/** One combination of inputs. */
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
const own = ({ volume }: Seen) => volume === 'own';
const foreign = ({ volume }: Seen) => volume === 'foreign';
const superseded = (state: Seen) =>
  own(state) && state.record === 'formed' && state.record_order === 'higher';
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
  // A restore from this volume, or from an archive on it, is requested, and it may begin.
  {
    row: 'request',
    action: 'begin',
    when: ({ asked, record, volume }) => asked === 'yes' && record !== 'forming' && volume !== 'staged',
  },
  { row: '2, the others', action: 'wait', when: ({ record }) => record === 'restoring' },
  // Restored data cannot be put in its place.
  { row: 'staged', action: 'wait', when: ({ volume }) => volume === 'staged' },
  { row: '3', action: 'wait', when: ({ volume }) => volume === 'unidentified' },
  { row: '4', action: 'archive', when: state => foreign(state) && state.quorum === 'yes' },
  { row: '5', action: 'wait', when: foreign },
  {
    row: '6',
    action: 'archive',
    when: state =>
      own(state) && (same(state) || absent(state)) && state.quorum === 'yes' && state.listed === 'no',
  },
  // An old record that was put back must not start members beside volumes of a later generation.
  {
    row: '7',
    action: 'start',
    when: state =>
      own(state) && same(state) && (state.quorum === 'yes' || state.newer_elsewhere !== 'higher'),
  },
  { row: '7, newer elsewhere', action: 'wait', when: state => own(state) && same(state) },
  {
    row: '8',
    action: 'archive',
    when: state => superseded(state) && state.quorum === 'yes',
  },
  // The newer generation may be lost, and this data may be what is left.
  { row: '8, not served', action: 'wait', when: superseded },
  {
    row: '9',
    action: 'wait',
    when: state => own(state) && !absent(state) && ['lower', 'conflict'].includes(state.record_order),
  },
  {
    row: '10',
    action: 'start',
    when: state => own(state) && absent(state) && state.newer_elsewhere === 'no',
  },
  { row: '11', action: 'wait', when: state => own(state) && absent(state) },
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
  // A higher generation that is still forming: the pod neither starts nor archives data.
  { row: 'none', action: 'wait', when: () => true },
];

/** Returns the row of the table that applies. */
export function rowOf(state: Seen, table: readonly Row[] = startTable): Row {
  const row = table.find(candidate => candidate.when(state));
  if (row === undefined) throw new Error(`no row for ${JSON.stringify(state)}`);
  return row;
}

/** Returns every combination of inputs. */
export function combinations(): Seen[] {
  let states: Record<string, string>[] = [{}];
  for (const [name, choices] of Object.entries(values)) {
    states = states.flatMap(state => choices.map(choice => ({ ...state, [name]: choice })));
  }
  return states as Seen[];
}
