// The state of the model: three ordinals, their pods, claims and volumes, the record, and the log of each generation.
// Everything is a small number; 0 is "none" unless stated otherwise. A set of ordinals is a number with a bit for each.

export const ordinals = [0, 1, 2] as const;
/** The index of the pod that was deleted by force and still runs, with its deleted claim's volume. */
export const stray = 3;
/** The owner that an identity or a record names if that claim is gone. */
export const deadClaim = 9;
/** The ID of a generation's bootstrap member: etcd computes it from the address and the token, so it can recur. */
export const founderId = 1;

/** The position of a log without an entry. */
export const noLog = -1;

/** What the script of a pod does next. */
export const steps = {
  look: 0,
  running: 1,
  start: 2,
  archive: 3,
  create: 4,
  lookAgain: 5,
  annotateFounder: 6,
  identifyFounder: 7,
  startFounder: 8,
  remove: 9,
  add: 10,
  noteJoining: 11,
  identify: 12,
  own: 13,
  annotate: 14,
  startJoiner: 15,
} as const;

/** etcd's data: a position in its generation's log. */
export interface Data {
  generation: number;
  id: number;
  log: number;
}

export interface Volume {
  data: Data | undefined;
  /** The owner is an ordinal (its present claim), `stray`, or `deadClaim`. */
  identity: { generation: number; id: number; owner: number; finished: number } | undefined;
  joining: number;
  /** The generation that a restore has staged, and the finished requests that its identity will list. */
  staged: number;
  stagedFinished: number;
  /** The generation whose staging has begun and is not complete. */
  partial: number;
  /** The newest archived data, if the search keeps archives. */
  archive: Data | undefined;
}

export interface Pod {
  ordinal: number;
  present: boolean;
  leaving: boolean;
  verified: boolean;
  step: number;
  /** The generation of the record that it acts on, and the member ID that it got. */
  seen: number;
  id: number;
  /** Is the record still the object that it read? */
  sameRecord: boolean;
}

export interface Claim {
  annotated: number;
  volume: Volume;
}

export const phases = ['forming', 'formed', 'stopping', 'restoring'] as const;

export interface ClusterRecord {
  generation: number;
  phase: (typeof phases)[number];
  founder: number;
  /** The ordinals whose present claim owns the record. */
  owners: number;
  /** Put back by a user, without owners: never collected. */
  kept: boolean;
  /** Did another volume hold data when the record was created? Only the invariants read this. */
  besideData: boolean;
  /** The ordinals that the record lists as voters; none is "not known". */
  voters: number;
  /** Those of them that are marked as learners, which are about to vote. */
  learners: number;
  finished: number;
  refused: number;
  restore: number;
  source: number;
  /** Is the fence written, and which of its pods still exist? */
  fenced: boolean;
  fence: number;
  /** The ordinals with a signature, and those whose present pod signed. */
  signed: number;
  current: number;
  next: number;
}

export interface Request {
  id: number;
  member: number;
  /** The source is the archive on that volume. */
  archive: boolean;
  force: boolean;
}

/** The member list, by ordinal: twice the ID, plus one for a voter. */
export type Members = readonly [number, number, number];

export interface Generation {
  number: number;
  /** The member list at each position of the log. A quorum acknowledged the last position. */
  log: Members[];
  /** The position of each member ID when it last ran. */
  ran: Map<number, number>;
  /** The IDs whose data a fault destroyed. */
  destroyed: Set<number>;
}

export interface State {
  faults: number;
  replicas: number;
  api: boolean;
  record: ClusterRecord | undefined;
  request: Request | undefined;
  requests: number;
  /** The requests that were carried out, whether or not the record lists them. */
  restored: number;
  /** Is a CORRUPT alarm raised? */
  alarm: boolean;
  /** The ordinals whose volume is on a node that is down. */
  down: number;
  /** Do volumes keep what is archived? Constant during a search. */
  archives: boolean;
  pods: [Pod, Pod, Pod, Pod];
  claims: [Claim, Claim, Claim, Claim];
  shelf: Volume | undefined;
  generations: Generation[];
  /** Did a user delete the record, or put one back? */
  meddled: boolean;
  broken: string;
}

/** Returns a pod that does not exist. */
export function noPod(ordinal: number): Pod {
  return {
    ordinal,
    present: false,
    leaving: false,
    verified: false,
    step: steps.look,
    seen: 0,
    id: 0,
    sameRecord: false,
  };
}

/** Returns a new, empty volume. */
export function emptyVolume(): Volume {
  return {
    data: undefined,
    identity: undefined,
    joining: 0,
    staged: 0,
    stagedFinished: 0,
    partial: 0,
    archive: undefined,
  };
}

/** Returns a record as its creator writes it. */
export function newRecord(
  generation: number,
  phase: ClusterRecord['phase'],
  founder: number,
  voters: number,
): ClusterRecord {
  return {
    generation,
    phase,
    founder,
    owners: founder < stray ? 1 << founder : 0,
    kept: false,
    besideData: false,
    voters,
    learners: 0,
    finished: 0,
    refused: 0,
    restore: 0,
    source: 0,
    fenced: false,
    fence: 0,
    signed: 0,
    current: 0,
    next: 0,
  };
}

/** Returns a deep copy of a volume. */
export function copyVolume(volume: Volume): Volume {
  return {
    ...volume,
    data: volume.data && { ...volume.data },
    identity: volume.identity && { ...volume.identity },
    archive: volume.archive && { ...volume.archive },
  };
}

/** Returns a deep copy of a state. */
export function copyState(state: State): State {
  const [p0, p1, p2, p3] = state.pods;
  const claim = (of: Claim): Claim => ({ annotated: of.annotated, volume: copyVolume(of.volume) });
  const [c0, c1, c2, c3] = state.claims;
  return {
    ...state,
    record: state.record && { ...state.record },
    request: state.request && { ...state.request },
    pods: [{ ...p0 }, { ...p1 }, { ...p2 }, { ...p3 }],
    claims: [claim(c0), claim(c1), claim(c2), claim(c3)],
    shelf: state.shelf && copyVolume(state.shelf),
    generations: state.generations.map(({ number, log, ran, destroyed }) => ({
      number,
      log: [...log],
      ran: new Map(ran),
      destroyed: new Set(destroyed),
    })),
  };
}

/** Returns the generation of that index (1 is the first). Throws for an unknown index. */
export function generationOf(state: State, index: number): Generation {
  const generation = state.generations[index - 1];
  if (generation === undefined) throw new Error(`there is no generation ${index}`);
  return generation;
}

/** Returns the claim of a pod: the deleted one for the stray pod. */
export function claimOf(state: State, at: number): Claim {
  const claim = state.claims[at];
  if (claim === undefined) throw new Error(`there is no volume ${at}`);
  return claim;
}

/** Returns the pod of an ordinal, or the stray one. */
export function podOf(state: State, at: number): Pod {
  const pod = state.pods[at];
  if (pod === undefined) throw new Error(`there is no pod ${at}`);
  return pod;
}

/** Returns the kind that volume.sh reports for the volume. */
export function kindOf(volume: Volume, at: number): 'empty' | 'unidentified' | 'foreign' | 'own' {
  if (volume.data === undefined) return 'empty';
  if (volume.identity === undefined || volume.identity.generation !== volume.data.generation)
    return 'unidentified';
  return volume.identity.owner === at ? 'own' : 'foreign';
}

/** Returns the set that holds only this ordinal or request. */
export function bit(of: number): number {
  return 1 << of;
}

/** Returns whether the set holds this ordinal or request. */
export function has(set: number, of: number): boolean {
  return (set & bit(of)) !== 0;
}

/** Returns how many elements the set has. */
export function sizeOf(set: number): number {
  let size = 0;
  for (let rest = set; rest > 0; rest >>= 1) size += rest & 1;
  return size;
}
