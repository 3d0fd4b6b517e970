import { type Row, startTable } from '../support/start-table.ts';

/** The chart's rules beside its start table. An ablation takes one out. */
export const rules = {
  createIsAtomic: 'creating the record fails when there is one',
  secondLook: 'the founder looks at the other volumes again once it holds the record',
  annotateBeforeStart: 'the founder annotates its claim before its first start',
  ownBeforeData: 'a joiner owns the record before it holds data',
  annotateBeforeData: 'a joiner annotates its claim before it holds data',
  annotateFound: 'data that may not be started is annotated on its claim',
  archiveFirst: 'data that is not to be used is put aside before the pod goes on as empty',
  stillThisPod: 'a pod that lost its name archives, removes and adds nothing',
  verified: 'without the API server only a pod whose volume was verified starts',
  dropVerified: 'a pod that signs is verified no more',
  removeBeforeAdd: 'an empty volume whose pod is listed: that member is removed first',
  joiningMatches: 'a listed entry is used again only by the volume that added it',
  joiningReused: 'a listed entry is used again by the volume that added it',
  startsListed: 'a joiner starts only while the ID that it was given is listed',
  promoteOnlyWanted: 'a learner that the set does not want is not promoted',
  rewriteRecord: 'a member with a quorum writes a missing record again',
  reown: 'a member that is not among the owners of the record becomes one',
  tidy: "a dead member beyond replicas is removed by the leader's keeper",
  tidyOnlyGone: 'only members whose pod is gone are tidied',
  neverLeaveAtZero: 'at zero replicas nobody leaves and nothing is tidied',
  leaveNeedsQuorum: 'a member leaves through a quorum of the others',
  objection: 'a member with a quorum objects to a restore that does not insist',
  wholeQuorum: 'a restore that does not insist ends when those that signed still hold the data of a quorum',
  signatures: 'the source waits until all others have signed that they stopped',
  othersWait: 'while one pod restores, the others start nothing',
  finishedOnRecord: 'a finished request is remembered on the record',
  finishedOnVolumes: 'a finished request is remembered on the volumes',
  numberGoesUp: 'a restored generation has a higher number',
} as const;

export type Rule = keyof typeof rules;

/** The rules in force: all, but for what an ablation took out. */
export interface Protocol {
  table: readonly Row[];
  has(rule: Rule): boolean;
}

/** Returns the protocol without some rules, and with other actions for some rows of the start table. */
export function protocol(without: readonly Rule[] = [], rows: Record<string, Row['action']> = {}): Protocol {
  const gone = new Set(without);
  return {
    table: startTable.map(row => ({ ...row, action: rows[row.row] ?? row.action })),
    has: rule => !gone.has(rule),
  };
}
