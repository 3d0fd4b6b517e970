// The world of the model: three ordinals, their pods, claims and volumes, the record, and what each generation's
// cluster has agreed on. Everything is a small number; 0 is "none" unless said otherwise.

export const ordinals = [0, 1, 2] as const;
/** The pod of `pods` that lost its name and still runs, with its lost volume. */
export const stray = 3;
/** The owner that an identity or a record names when that claim is gone. */
export const deadClaim = 9;
/** The ID of a generation's founder: etcd computes it from the address and the token, so it can come again. */
export const founderId = 1;

/** The position of a log without an entry. */
export const noLog = -1;

/** What a pod's script is about to do. */
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
  /** The generation that a restore has staged, and the requests that it knows as done. */
  staged: number;
  stagedFinished: number;
}

export interface Pod {
  ordinal: number;
  present: boolean;
  leaving: boolean;
  verified: boolean;
  step: number;
  /** The generation of the record it acts on, and the ID it was given. */
  seen: number;
  id: number;
  /** Is the record still the very one it looked at? */
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
  /** One bit for each ordinal whose present claim owns the record. */
  owners: number;
  /** Put back by a person, without owners: never collected. */
  kept: boolean;
  /** Was another volume's data there when it was created? Only the invariants ask. */
  besideData: boolean;
  finished: number;
  refused: number;
  restore: number;
  source: number;
  signed: number;
  next: number;
}

export interface Request {
  id: number;
  member: number;
  lost: number;
  insist: boolean;
}

/** Who is in the list, by ordinal: twice the ID, and one more for a voter. */
export type Members = readonly [number, number, number];

export interface Generation {
  number: number;
  /** The member list at each position of the log; the last position is the last that a quorum acknowledged. */
  log: Members[];
  /** How far each member ID was when it last ran. */
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
  /** The requests that were carried out, whether or not the record remembers. */
  restored: number;
  pods: [Pod, Pod, Pod, Pod];
  claims: [Claim, Claim, Claim, Claim];
  shelf: Volume | undefined;
  generations: Generation[];
  /** Did a person delete the record, or put one back? */
  meddled: boolean;
  broken: string;
}

function noPod(ordinal: number): Pod {
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

/** Returns a volume as it comes from the storage class. */
export function emptyVolume(): Volume {
  return { data: undefined, identity: undefined, joining: 0, staged: 0, stagedFinished: 0 };
}

/** Returns a set that was just installed: nothing exists yet. */
export function installed(replicas: number, faults: number): State {
  const claim = (): Claim => ({ annotated: 0, volume: emptyVolume() });
  return {
    faults,
    replicas,
    api: true,
    record: undefined,
    request: undefined,
    requests: 0,
    restored: 0,
    pods: [noPod(0), noPod(1), noPod(2), noPod(0)],
    claims: [claim(), claim(), claim(), claim()],
    shelf: undefined,
    generations: [],
    meddled: false,
    broken: '',
  };
}

/** Returns a set whose members have all become voters. */
export function formed(replicas: number, faults: number): State {
  const state = installed(replicas, faults);
  const wanted = ordinals.filter(ordinal => ordinal < replicas);
  const list = ordinals.map(ordinal => (ordinal < replicas ? (ordinal + 1) * 2 + 1 : 0));
  const members: Members = [list[0] ?? 0, list[1] ?? 0, list[2] ?? 0];
  state.generations.push({
    number: 1,
    log: [members],
    ran: new Map(wanted.map(at => [at + 1, 0])),
    destroyed: new Set(),
  });
  state.record = newRecord(1, 'formed', 0);
  for (const at of wanted) {
    state.record.owners |= 1 << at;
    state.pods[at] = { ...noPod(at), present: true, verified: true, step: steps.running };
    state.claims[at] = {
      annotated: 1,
      volume: {
        data: { generation: 1, id: at + 1, log: 0 },
        identity: { generation: 1, id: at + 1, owner: at, finished: 0 },
        joining: at === 0 ? 0 : at + 1,
        staged: 0,
        stagedFinished: 0,
      },
    };
  }
  return state;
}

/** Returns a record as its creator writes it. */
export function newRecord(generation: number, phase: ClusterRecord['phase'], founder: number): ClusterRecord {
  return {
    generation,
    phase,
    founder,
    owners: founder < stray ? 1 << founder : 0,
    kept: false,
    besideData: false,
    finished: 0,
    refused: 0,
    restore: 0,
    source: 0,
    signed: 0,
    next: 0,
  };
}

/** Returns a volume that shares nothing with the given one. */
export function copyVolume(volume: Volume): Volume {
  return {
    data: volume.data && { ...volume.data },
    identity: volume.identity && { ...volume.identity },
    joining: volume.joining,
    staged: volume.staged,
    stagedFinished: volume.stagedFinished,
  };
}

/** Returns a state that shares nothing changeable with the given one. */
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

/** Returns the generation of that index (1 is the first). Throws for an index that was never given. */
export function generationOf(state: State, index: number): Generation {
  const generation = state.generations[index - 1];
  if (generation === undefined) throw new Error(`there is no generation ${index}`);
  return generation;
}

/** Returns the claim that a pod's volume belongs to, the lost one for the stray pod. */
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

/** Returns what volume.sh would call the volume. */
export function kindOf(volume: Volume, at: number): 'empty' | 'bare' | 'copy' | 'mine' {
  if (volume.data === undefined) return 'empty';
  if (volume.identity === undefined || volume.identity.generation !== volume.data.generation) return 'bare';
  return volume.identity.owner === at ? 'mine' : 'copy';
}
