import type { Row } from '../support/start-table.ts';
import { protocol, type Rule, rules } from './rules.ts';
import type { Scenario } from './scenarios.ts';

/** One rule removed, the scenario in which that matters, and which invariant then breaks. */
export interface Ablation {
  name: string;
  without?: readonly Rule[];
  rows?: Record<string, Row['action']>;
  in: Scenario;
  breaks: RegExp;
  /** With every rule in force the same faults break something else: one of the known gaps. */
  besideGap?: true;
}

const stuck = /no good state can be reached/;
const again = /with less log than it acknowledged/;
const twice = /runs twice/;
const older = /although a volume holds older data/;
const nothing = /^$/;
const fork = /serve at once/;
const unforced = /^unforced restore/;
const unserved = /is not served/;

type From = Scenario['from'];
type Kinds = Scenario['kinds'];

const from = (first: From, replicas: number, kinds: Kinds, faults: number): Scenario => ({
  name: first,
  from: first,
  replicas,
  kinds,
  faults,
});
const install = (kinds: Kinds, faults: number): Scenario => from('nothing', 2, kinds, faults);
const three = (kinds: Kinds, faults: number): Scenario => from('formed', 3, kinds, faults);
const two = (kinds: Kinds, faults: number): Scenario => from('formed', 2, kinds, faults);
const one = (kinds: Kinds, faults: number): Scenario => from('formed', 1, kinds, faults);

function rule(name: Rule, where: Scenario, breaks: RegExp): Ablation {
  return { name: rules[name], without: [name], in: where, breaks };
}

function row(number: string, instead: Row['action'], where: Scenario, breaks: RegExp): Ablation {
  return { name: `row ${number}: ${instead} instead`, rows: { [number]: instead }, in: where, breaks };
}

export const ablations: readonly Ablation[] = [
  row('1', 'start', three(['force'], 1), stuck),
  row('2', 'start', three(['force'], 1), stuck),
  rule('othersWait', three(['force'], 1), fork),
  row('3', 'found', one(['strip', 'lose', 'record'], 3), older),
  row('4', 'wait', three(['rebind'], 1), stuck),
  row('5', 'start', three(['copy'], 2), twice),
  row('6', 'start', three(['scale'], 2), stuck),
  row('7', 'wait', three(['delete'], 1), stuck),
  row('7, newer elsewhere', 'start', from('restored', 3, ['putBack'], 1), fork),
  row('8', 'wait', three(['force'], 1), stuck),
  row('10', 'wait', three(['record', 'delete', 'crash'], 3), stuck),
  row('11', 'start', from('restored', 3, ['record'], 1), fork),
  row('13', 'wait', install([], 0), stuck),
  row('14', 'found', three(['record', 'lose', 'delete'], 3), stuck),
  row('15', 'wait', install(['crash'], 1), stuck),
  row('16', 'found-again', install(['crash', 'delete', 'lose'], 2), twice),
  row('17', 'wait', install([], 0), stuck),
  row('18', 'found-again', one(['wipe'], 1), again),
  rule('createIsAtomic', install(['stray', 'crash'], 2), stuck),
  { ...rule('secondLook', install(['stray', 'record', 'lose'], 3), older), besideGap: true },
  rule('ownBeforeData', install(['lose'], 1), stuck),
  rule('annotateFound', { ...three(['rebind', 'lose'], 3), looked: true }, older),
  rule('annotateBeforeData', install(['lose', 'record', 'crash', 'delete'], 3), older),
  rule('archiveFirst', three(['copy', 'rebind', 'delete'], 2), again),
  rule('verified', three(['copy', 'api'], 2), twice),
  rule('dropVerified', three(['force', 'api'], 2), fork),
  rule('removeBeforeAdd', three(['lose'], 1), stuck),
  rule('joiningMatches', three(['wipe'], 2), again),
  rule('startsListed', three(['lose', 'stray'], 2), again),
  rule('rewriteRecord', three(['record'], 1), stuck),
  rule('reown', three(['record', 'lose'], 3), stuck),
  rule('tidy', three(['scale', 'crash'], 2), stuck),
  rule('leaveNeedsQuorum', { ...three(['scale'], 1), strict: true }, stuck),
  row('8, not served', 'archive', from('newestLost', 3, [], 0), unserved),
  rule('askVoters', from('scaledIn', 3, ['rebind', 'restore'], 2), unforced),
  { ...rule('askPods', from('scaledIn', 3, ['record', 'rebind', 'restore'], 3), unforced), besideGap: true },
  rule('askDespiteAlarm', three(['alarm', 'restore'], 2), unforced),
  rule('markLearner', { ...from('joining', 2, ['rebind', 'delete', 'restore'], 3), looked: true }, unforced),
  rule('startFirst', from('scaledIn', 2, ['lose', 'delete', 'restore'], 3), unforced),
  rule('objection', two(['restore'], 1), unforced),
  rule('anyRefuses', two(['useless'], 1), stuck),
  rule('signatures', three(['force'], 1), fork),
  rule('fenceBeyond', from('scaledIn', 3, ['force'], 1), fork),
  rule('fenceAfterStopping', from('survived', 3, ['force'], 1), fork),
  rule('wholeQuorum', three(['delete', 'restore'], 3), unforced),
  rule('countBeyond', two(['scale', 'delete', 'restore'], 3), unforced),
  rule('votersUnknown', two(['record', 'delete', 'restore'], 3), unforced),
  rule('refuseOlder', from('older', 2, ['restore'], 1), unforced),
  rule('refuseBehind', from('behind', 2, ['restore'], 1), unforced),
  rule('refuseUnidentified', three(['strip', 'lose', 'restore'], 3), unforced),
  {
    ...rule('countClaims', from('survived', 3, ['restore'], 1), unforced),
    without: ['countClaims', 'refuseUnread'],
  },
  {
    name: 'only ordinals below replicas are asked, sign and count',
    without: ['askVoters', 'fenceBeyond', 'countBeyond', 'refuseUnread'],
    in: from('scaledIn', 3, ['force'], 1),
    breaks: fork,
  },
  rule('refuseUnread', from('behind', 2, ['outage', 'restore'], 2), unforced),
  rule('takeOver', from('sourceGone', 2, ['force'], 1), stuck),
  rule('keepNewest', two(['force', 'restore'], 2), stuck),
  rule('recordFirst', from('joining', 3, ['lose', 'delete', 'restore'], 3), unforced),
  rule('finishedOnRecord', from('restored', 3, ['lose'], 1), /a second time/),
  rule('finishedOnVolumes', two(['force', 'record'], 2), /a second time/),
  rule('numberGoesUp', three(['force'], 1), stuck),
];

/**
 * Rules whose absence breaks no invariant of this model. They prevent what it does not see: two steps that undo each
 * other forever, or a cluster that survives fewer faults than it could.
 */
export const unseen: readonly Ablation[] = [
  rule('stillThisPod', three(['stray', 'lose'], 2), nothing),
  row('12', 'join', three(['scale', 'crash'], 3), nothing),
  rule('annotateBeforeStart', install(['crash', 'record', 'lose', 'delete'], 2), nothing),
  rule('joiningReused', three(['lose', 'crash'], 2), nothing),
  rule('promoteOnlyWanted', two(['scale', 'crash'], 3), nothing),
  rule('tidyOnlyGone', two(['lose', 'scale'], 2), nothing),
  rule('neverLeaveAtZero', two(['sleep', 'scale'], 2), nothing),
];

/** Returns the protocol without what an ablation removes. */
export function ablated({ without, rows }: Ablation) {
  return protocol(without, rows);
}
