import type { Row } from '../support/start-table.ts';
import { protocol, type Rule, rules } from './rules.ts';
import type { Scenario } from './scenarios.ts';

/** One rule taken out, where that shows, and which invariant then breaks. */
export interface Ablation {
  name: string;
  without?: readonly Rule[];
  rows?: Record<string, Row['action']>;
  in: Scenario;
  breaks: RegExp;
  /** The same faults break something else with every rule in force: one of the known gaps. */
  besideGap?: true;
}

const stuck = /no good state can be reached/;
const again = /with less log than it acknowledged/;
const twice = /runs twice/;
const older = /although a volume holds older data/;
const nothing = /^$/;
const fork = /serve at once/;

const install = (kinds: Scenario['kinds'], faults: number): Scenario => ({
  name: 'install',
  from: 'nothing',
  replicas: 2,
  kinds,
  faults,
});
const three = (kinds: Scenario['kinds'], faults: number): Scenario => ({
  name: 'three',
  from: 'formed',
  replicas: 3,
  kinds,
  faults,
});
const two = (kinds: Scenario['kinds'], faults: number): Scenario => ({
  ...three(kinds, faults),
  replicas: 2,
});
const one = (kinds: Scenario['kinds'], faults: number): Scenario => ({
  ...three(kinds, faults),
  replicas: 1,
});

function rule(name: Rule, where: Scenario, breaks: RegExp): Ablation {
  return { name: rules[name], without: [name], in: where, breaks };
}

function row(number: string, instead: Row['action'], where: Scenario, breaks: RegExp): Ablation {
  return { name: `row ${number}: ${instead} instead`, rows: { [number]: instead }, in: where, breaks };
}

export const ablations: readonly Ablation[] = [
  row('1', 'start', three(['insist'], 1), stuck),
  row('2', 'start', three(['insist'], 1), stuck),
  rule('othersWait', three(['insist'], 1), fork),
  row('3', 'found', one(['strip', 'lose', 'record'], 3), older),
  row('4', 'wait', three(['rebind'], 1), stuck),
  row('5', 'start', three(['copy'], 2), twice),
  row('6', 'start', three(['scale'], 2), stuck),
  row('7', 'wait', three(['delete'], 1), stuck),
  row('7, newer elsewhere', 'start', three(['insist', 'putBack'], 2), fork),
  row('8', 'wait', three(['insist'], 1), stuck),
  row('10', 'wait', three(['record', 'delete', 'crash'], 3), stuck),
  row('11', 'start', three(['insist', 'record'], 2), fork),
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
  rule('dropVerified', three(['insist', 'api'], 2), fork),
  rule('removeBeforeAdd', three(['lose'], 1), stuck),
  rule('joiningMatches', three(['wipe'], 2), again),
  rule('startsListed', three(['lose', 'stray'], 2), again),
  rule('rewriteRecord', three(['record'], 1), stuck),
  rule('reown', three(['record', 'lose'], 3), stuck),
  rule('tidy', three(['scale', 'crash'], 2), stuck),
  rule('leaveNeedsQuorum', { ...three(['scale'], 1), strict: true }, stuck),
  rule('objection', three(['lie'], 1), /uninsisted/),
  rule('wholeQuorum', three(['lose', 'delete', 'restore'], 3), /uninsisted/),
  rule('signatures', three(['insist', 'delete'], 2), fork),
  rule('finishedOnRecord', three(['insist', 'lose'], 2), /a second time/),
  rule('finishedOnVolumes', three(['insist', 'record'], 2), /a second time/),
  rule('numberGoesUp', three(['insist'], 1), stuck),
];

/**
 * Rules whose absence breaks none of the invariants here. What they are for is not in this model: a step that is
 * taken over and over while another undoes it, or a cluster that survives less than it could.
 */
export const unseen: readonly Ablation[] = [
  rule('stillThisPod', three(['stray', 'lose'], 2), nothing),
  row('12', 'join', three(['scale', 'crash'], 3), nothing),
  rule('annotateBeforeStart', install(['crash', 'record', 'lose', 'delete'], 2), nothing),
  rule('joiningReused', three(['lose', 'crash'], 2), nothing),
  rule('promoteOnlyWanted', two(['scale', 'crash'], 3), nothing),
  rule('tidyOnlyGone', three(['lose', 'scale'], 2), nothing),
  rule('neverLeaveAtZero', three(['sleep', 'scale'], 2), nothing),
];

/** Returns the protocol that an ablation leaves. */
export function ablated({ without, rows }: Ablation) {
  return protocol(without, rows);
}
