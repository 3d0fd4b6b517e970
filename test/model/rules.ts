import { type Row, startTable } from '../support/start-table.ts';

/** The chart's rules besides its start table. An ablation removes one. */
export const rules = {
  createIsAtomic: 'creating the record fails if there is one',
  secondLook: 'the bootstrap member reads the other claims again after it has created the record',
  annotateBeforeStart: 'the bootstrap member annotates its claim before its first start',
  ownBeforeData: 'a joiner owns the record before it holds data',
  annotateBeforeData: 'a joiner annotates its claim before it holds data',
  annotateFound: 'a pod annotates its claim for data that it may not start',
  archiveFirst: 'a pod archives data that it does not use before it goes on as empty',
  stillThisPod: 'a pod that lost its name archives, removes and adds nothing',
  verified: 'without the API server a pod starts only if its volume was verified',
  dropVerified: 'a pod that signs is no longer verified',
  removeBeforeAdd: 'a pod with an empty volume first removes the member that is listed for it',
  joiningMatches: 'only the volume that added an entry reuses it',
  joiningReused: 'the volume that added an entry reuses it',
  startsListed: 'a joiner starts only while the ID that it got is listed',
  promoteOnlyWanted: 'a learner beyond replicas is not promoted',
  recordFirst: 'a learner is on the record before it is promoted',
  markLearner: 'a learner on the record is marked, and a quorum without it counts too',
  rewriteRecord: 'a member with a quorum writes a missing record again',
  reown: 'a member whose claim does not own the record adds it',
  tidy: "the leader's keeper removes a dead member beyond replicas",
  tidyOnlyGone: 'only members whose pod is gone are removed',
  neverLeaveAtZero: 'at zero replicas no member leaves or is removed',
  leaveNeedsQuorum: 'a member leaves through a quorum of the others',
  askVoters: 'every voter on the record is asked for a quorum',
  askPods: 'without a record every pod that exists is asked for a quorum',
  askDespiteAlarm: 'an alarm does not count as a lost quorum',
  startFirst: 'a pod that can start does not begin a restore that is not forced',
  objection: 'a member with a quorum objects to a restore that is not forced',
  anyRefuses: 'any member with a quorum refuses a request, whichever ordinal it names',
  signatures: 'the source waits until every pod in the fence has signed',
  fenceBeyond: 'the fence lists the pods beyond replicas too',
  fenceAfterStopping: 'the fence is written after the record is in phase stopping',
  wholeQuorum: 'the source refuses if the voters that still have their data are a quorum',
  countBeyond: 'voters beyond replicas count',
  countClaims: 'the claim of a voter that has not signed counts',
  votersUnknown: 'if the record lists no voters, any own data counts as a quorum',
  refuseOlder: 'the source refuses if there is data of a newer generation',
  refuseBehind: 'the source refuses if a pod signed newer data of the same generation',
  refuseUnidentified: 'a source without identity refuses if a pod signed identified data',
  refuseUnread: 'the source refuses if a voter that has not signed has a claim of the same generation',
  takeOver: 'another pod can take over a restore whose source is gone',
  keepNewest: 'a restore that is not forced takes over only before the source annotates its claim',
  othersWait: 'while one pod restores, the others start nothing',
  finishedOnRecord: 'the record lists finished requests',
  finishedOnVolumes: 'each volume lists finished requests',
  numberGoesUp: 'a restored generation has a higher number',
} as const;

export type Rule = keyof typeof rules;

/** The rules in force. */
export interface Protocol {
  table: readonly Row[];
  has(rule: Rule): boolean;
}

/** Returns the protocol without some rules and with other actions for some rows of the start table. */
export function protocol(without: readonly Rule[] = [], rows: Record<string, Row['action']> = {}): Protocol {
  const gone = new Set(without);
  return {
    table: startTable.map(row => ({ ...row, action: rows[row.row] ?? row.action })),
    has: rule => !gone.has(rule),
  };
}
