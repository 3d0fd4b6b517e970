// The etcd container's script: what a pod reads, the row of the start table that applies, and the steps of bootstrap,
// join and archiving. A pod can be interrupted between any two of them.
import { type Row, rowOf, type Seen } from '../support/start-table.ts';
import { acknowledge, leaderOf, maySpare, membersOf, newId, placeOf, withMember } from './cluster.ts';
import { isWhole } from './decision.ts';
import { otherAnnotations, peersAnswer, quorumAnswers } from './peers.ts';
import { begin, isAsked, isHigher } from './request.ts';
import { lookDuringRestore } from './restore.ts';
import type { Protocol } from './rules.ts';
import {
  type Claim,
  type ClusterRecord,
  claimOf,
  emptyVolume,
  founderId,
  generationOf,
  kindOf,
  newRecord,
  noLog,
  ordinals,
  type Pod,
  podOf,
  type State,
  steps,
  stray,
  type Volume,
} from './state.ts';
import type { Emit } from './step.ts';

const yes = (truth: boolean): 'yes' | 'no' => (truth ? 'yes' : 'no');

/** Returns the order of generation `a` relative to `b`, as record.sh reports it. */
export function orderOf(state: State, a: number, b: number): 'same' | 'higher' | 'lower' | 'conflict' {
  if (a === b || b === 0) return 'same';
  const [left, right] = [generationOf(state, a).number, generationOf(state, b).number];
  return left === right ? 'conflict' : left > right ? 'higher' : 'lower';
}

/** Returns the inputs of decide.sh in this state. */
export function see(state: State, at: number, protocol: Protocol): Seen {
  const { record } = state;
  const { volume } = claimOf(state, at);
  const { ordinal } = podOf(state, at);
  const own = volume.identity?.generation ?? 0;
  const wanted = record?.generation ?? own;
  const quorum = wanted > 0 && quorumAnswers(state, at, wanted, protocol);
  const order = record === undefined ? 'same' : orderOf(state, record.generation, own);
  const kind = kindOf(volume, at);
  const asksOthers = record === undefined || (kind === 'own' && order === 'same' && !quorum);
  const others = asksOthers ? otherAnnotations(state, at) : [];
  const orders = others.map(seen => (own === 0 ? 'higher' : orderOf(state, seen, own)));
  return {
    volume: kind,
    record: record?.phase ?? 'absent',
    record_order: order,
    recorded_founder: yes(record?.founder === at),
    quorum: yes(quorum),
    listed: yes(quorum && placeOf(membersOf(generationOf(state, wanted)), volume.identity?.id ?? 0) >= 0),
    newer_elsewhere: orders.includes('higher') ? 'higher' : orders.includes('conflict') ? 'conflict' : 'no',
    others_annotated: yes(others.length > 0),
    peers_answer: yes(peersAnswer(state, at, protocol)),
    asked: yes(isAsked(state, at, protocol) && (state.request?.force === true || !quorum)),
    restore_source: yes(record !== undefined && record.restore > 0 && record.source === at),
    ordinal: String(ordinal),
    replicas: String(state.replicas),
  };
}

/** Emits what the script of this pod may do next. */
export function startSteps(state: State, at: number, protocol: Protocol, emit: Emit): void {
  const pod = podOf(state, at);
  if (!pod.present || pod.step === steps.running) return;
  if (pod.step === steps.look) {
    if (pod.leaving) return;
    if (at === stray) emit('the stray pod stops', next => forgetStray(next));
    else look(state, at, protocol, emit);
    return;
  }
  const act = acts[pod.step];
  if (act === undefined) throw new Error(`step ${pod.step} has no act`);
  act({ state, at, pod, protocol, name: at === stray ? `stray pod ${pod.ordinal}` : `pod ${at}` }, emit);
}

/** The stray pod and its volume are gone. */
export function forgetStray(state: State): void {
  state.pods[stray] = {
    ...podOf(state, stray),
    present: false,
    step: steps.look,
    seen: 0,
    id: 0,
    ordinal: 0,
  };
  state.claims[stray] = { annotated: 0, volume: emptyVolume() };
}

/** Returns whether a pod still has to annotate its claim for data that it may not start. */
export function hasFound(state: State, at: number): boolean {
  const { annotated, volume } = claimOf(state, at);
  return (
    podOf(state, at).present && annotated === 0 && ['unidentified', 'foreign'].includes(kindOf(volume, at))
  );
}

function look(state: State, at: number, protocol: Protocol, emit: Emit): void {
  const { volume } = claimOf(state, at);
  if (volume.data === undefined && volume.staged > 0) {
    emit(`pod ${at}: puts the restored generation ${volume.staged} in place`, next => {
      const { volume } = claimOf(next, at);
      Object.assign(volume, {
        data: { generation: volume.staged, id: founderId, log: 0 },
        identity: { generation: volume.staged, id: founderId, owner: at, finished: volume.stagedFinished },
        staged: 0,
        stagedFinished: 0,
      });
    });
    return;
  }
  const kind = kindOf(volume, at);
  if (!state.api) {
    const verified = podOf(state, at).verified || !protocol.has('verified');
    if (verified && (kind === 'own' || (kind === 'foreign' && !protocol.has('verified')))) {
      emit(`pod ${at}: no API server, but the volume was verified: starts as it is`, next => {
        podOf(next, at).step = steps.running;
      });
    }
    return;
  }
  if (protocol.has('annotateFound') && hasFound(state, at)) {
    emit(`pod ${at}: annotates its claim for the data that it holds`, next => {
      claimOf(next, at).annotated = volume.data?.generation ?? 0;
    });
    return;
  }
  const row = rowFor(state, at, protocol);
  if (row.action === 'begin') {
    begin(state, at, `pod ${at}`, protocol, emit);
    return;
  }
  if (
    row.action === 'sign' ||
    row.action === 'restore' ||
    (row.row === waitForSource && row.action === 'wait')
  ) {
    lookDuringRestore(state, at, protocol, emit);
    return;
  }
  const to = firstStep[row.action];
  if (to === undefined) return;
  const newest = state.record?.generation ?? 0;
  const superseded =
    kind === 'own' && row.action === 'archive' && isHigher(state, newest, generationIn(volume));
  emit(`pod ${at}: row ${row.row}: ${row.action}`, next => {
    const pod = podOf(next, at);
    pod.step = to;
    pod.seen = next.record?.generation ?? 0;
    pod.sameRecord = next.record !== undefined;
    if (superseded && isWhole(next, generationIn(volume)) && leaderOf(next, newest) === undefined) {
      next.broken = `the own data of ordinal ${at} is archived, one of a whole quorum, although generation ${newest} is not served`;
    }
  });
}

/** A pod that can start does so long before it has been without a quorum for long enough to begin a restore. */
function rowFor(state: State, at: number, protocol: Protocol): Row {
  const seen = see(state, at, protocol);
  const row = rowOf(seen, protocol.table);
  if (row.action !== 'begin' || state.request?.force === true || !protocol.has('startFirst')) return row;
  const without = rowOf({ ...seen, asked: 'no' }, protocol.table);
  return without.action === 'start' ? without : row;
}

function generationIn({ data }: Volume): number {
  return data?.generation ?? 0;
}

const waitForSource = '2, the others';

const firstStep: { readonly [action: string]: number | undefined } = {
  start: steps.start,
  archive: steps.archive,
  found: steps.create,
  'found-again': steps.lookAgain,
  join: steps.remove,
};

interface Scene {
  state: State;
  at: number;
  pod: Pod;
  protocol: Protocol;
  name: string;
}
type Act = (scene: Scene, emit: Emit) => void;

/** The pod's script starts again. */
export function restart(state: State, at: number): void {
  Object.assign(podOf(state, at), { step: steps.look, seen: 0, id: 0, sameRecord: false });
}

function go(state: State, at: number, step: number): Pod {
  const pod = podOf(state, at);
  pod.step = step;
  return pod;
}

function become(state: State, at: number, id: number): void {
  Object.assign(podOf(state, at), { step: steps.running, verified: true, seen: 0, id: 0, sameRecord: false });
  const { data } = claimOf(state, at).volume;
  if (data === undefined) throw new Error(`pod ${at} runs without data`);
  checkRun(state, at, data.generation, id, data.log);
}

function checkRun(state: State, at: number, generation: number, id: number, log: number): void {
  const before = generationOf(state, generation).ran.get(id);
  if (before !== undefined && before > log) {
    state.broken = `member ID ${id} of generation ${generation} runs again, at ordinal ${podOf(state, at).ordinal}, with less log than it acknowledged`;
  }
}

const acts: { readonly [step: number]: Act | undefined } = {
  [steps.start]: ({ at, name }, emit) =>
    emit(`${name}: starts as it is`, next => {
      const claim = claimOf(next, at);
      if (next.api && at !== stray) claim.annotated = claim.volume.data?.generation ?? claim.annotated;
      Object.assign(claim.volume, { staged: 0, stagedFinished: 0, partial: 0 });
      become(next, at, claim.volume.data?.id ?? 0);
    }),

  [steps.archive]: ({ state, at, name, protocol }, emit) => {
    if (at === stray && protocol.has('stillThisPod'))
      emit(`${name}: does nothing, because it lost its name`, next => forgetStray(next));
    else if (!state.api) return;
    else if (!protocol.has('archiveFirst')) {
      emit(`${name}: goes on without archiving its data`, next => {
        go(next, at, steps.remove).seen = next.record?.generation ?? 0;
        podOf(next, at).sameRecord = next.record !== undefined;
      });
    } else {
      emit(`${name}: archives its data`, next => {
        const { volume } = claimOf(next, at);
        const archive = next.archives && volume.data !== undefined ? volume.data : volume.archive;
        Object.assign(volume, emptyVolume(), { archive });
        restart(next, at);
      });
    }
  },

  [steps.create]: ({ state, at, name, protocol }, emit) => {
    if (!state.api) return;
    if (state.record !== undefined && protocol.has('createIsAtomic')) {
      emit(`${name}: cannot create the record: there is one`, next => restart(next, at));
      return;
    }
    emit(`${name}: creates the record of a new generation (forming)`, next => {
      const { ordinal } = podOf(next, at);
      next.generations.push({
        number: 1,
        log: [withMember([0, 0, 0], ordinal, founderId * 2 + 1)],
        ran: new Map(),
        destroyed: new Set(),
      });
      for (const pod of next.pods) pod.sameRecord = false;
      next.record = newRecord(next.generations.length, 'forming', at, 1 << ordinal);
      next.record.besideData = ordinals.some(other => claimOf(next, other).volume.data !== undefined);
      go(next, at, steps.lookAgain).seen = next.generations.length;
    });
  },

  [steps.lookAgain]: ({ state, at, name, protocol }, emit) => {
    if (!state.api) return;
    if (protocol.has('secondLook') && otherAnnotations(state, at).length > 0) {
      emit(`${name}: another claim has a generation now: deletes the record`, next => {
        forgetRecord(next);
        restart(next, at);
      });
    } else {
      const to = protocol.has('annotateBeforeStart') ? steps.annotateFounder : steps.identifyFounder;
      emit(`${name}: reads no generation on another claim`, next => go(next, at, to));
    }
  },

  [steps.annotateFounder]: ({ state, at, name, pod }, emit) => {
    if (!state.api) return;
    emit(`${name}: annotates its claim`, next => {
      if (annotate(next, at, pod.seen)) go(next, at, steps.identifyFounder);
    });
  },

  [steps.identifyFounder]: ({ at, name, pod }, emit) =>
    emit(`${name}: writes its identity`, next => {
      claimOf(next, at).volume.identity = { generation: pod.seen, id: founderId, owner: at, finished: 0 };
      go(next, at, steps.startFounder);
    }),

  [steps.startFounder]: ({ at, name, pod }, emit) =>
    emit(`${name}: starts as a new one-member cluster`, next => {
      const older = ordinals.some(other => {
        const { data } = claimOf(next, other).volume;
        return data !== undefined && data.generation !== pod.seen;
      });
      if (older && next.record?.besideData === true && next.record.generation === pod.seen) {
        next.broken = `generation ${pod.seen} is formed although a volume holds older data`;
      }
      const { volume } = claimOf(next, at);
      if (volume.data === undefined) {
        // No one joins before phase formed, so no volume holds what this member may have acknowledged.
        if (next.record?.phase !== 'forming') checkRun(next, at, pod.seen, founderId, noLog);
        volume.data = { generation: pod.seen, id: founderId, log: 0 };
      }
      become(next, at, founderId);
    }),

  [steps.remove]: (scene, emit) => {
    const { state, at, name, pod, protocol } = scene;
    if (at === stray && protocol.has('stillThisPod')) {
      emit(`${name}: does nothing, because it lost its name`, next => forgetStray(next));
      return;
    }
    if (!state.api) return;
    const list = listedBy(scene);
    if (list === undefined) {
      emit(`${name}: no quorum that takes it in`, next => restart(next, at));
      return;
    }
    const listed = (list[pod.ordinal] ?? 0) >> 1;
    const { joining, identity } = claimOf(state, at).volume;
    const own = joining === listed && identity?.owner === at && identity.generation === pod.seen;
    const unstarted = !generationOf(state, pod.seen).ran.has(listed);
    const reused = protocol.has('joiningMatches') ? own && unstarted && protocol.has('joiningReused') : true;
    if (listed === 0) emit(`${name}: is not listed`, next => go(next, at, steps.add));
    else if (reused) {
      emit(`${name}: goes on with the entry ${listed}`, next => {
        go(next, at, steps.identify).id = listed;
      });
    } else if (protocol.has('removeBeforeAdd')) {
      const voter = ((list[pod.ordinal] ?? 0) & 1) === 1;
      if (voter && !maySpare(state, pod.seen, listed)) {
        emit(`${name}: etcd refuses`, next => restart(next, at));
        return;
      }
      emit(`${name}: removes member ${listed} that is listed for it`, next => {
        go(next, at, steps.add);
        acknowledge(next, pod.seen, withMember(list, pod.ordinal, 0));
      });
    }
  },

  [steps.add]: (scene, emit) => {
    const { state, at, name, pod } = scene;
    if (!state.api) return;
    const list = listedBy(scene);
    if (list === undefined || (list[pod.ordinal] ?? 0) > 0) {
      emit(`${name}: etcd does not add it`, next => restart(next, at));
      return;
    }
    const id = newId(state, pod.seen);
    emit(`${name}: adds itself as a learner (${id})`, next => {
      go(next, at, steps.noteJoining).id = id;
      acknowledge(next, pod.seen, withMember(list, pod.ordinal, id * 2));
    });
  },

  [steps.noteJoining]: ({ at, name, pod }, emit) =>
    emit(`${name}: writes the ID that it joins with`, next => {
      claimOf(next, at).volume.joining = pod.id;
      go(next, at, steps.identify);
    }),

  [steps.identify]: ({ at, name, pod, protocol }, emit) =>
    emit(`${name}: writes its identity`, next => {
      const finished = protocol.has('finishedOnRecord') ? (next.record?.finished ?? 0) : 0;
      claimOf(next, at).volume.identity = { generation: pod.seen, id: pod.id, owner: at, finished };
      go(next, at, steps.own);
    }),

  [steps.own]: ({ state, at, name, protocol }, emit) => {
    if (!state.api) return;
    if (!protocol.has('ownBeforeData')) {
      emit(`${name}: goes on without owning the record`, next => go(next, at, steps.annotate));
      return;
    }
    emit(`${name}: owns the record`, next => {
      if (next.record === undefined || !podOf(next, at).sameRecord) restart(next, at);
      else {
        addOwner(next.record, at);
        go(next, at, steps.annotate);
      }
    });
  },

  [steps.annotate]: ({ state, at, name, pod, protocol }, emit) => {
    if (!state.api) return;
    if (!protocol.has('annotateBeforeData')) {
      emit(`${name}: goes on without annotating its claim`, next => go(next, at, steps.startJoiner));
      return;
    }
    emit(`${name}: annotates its claim`, next => {
      if (annotate(next, at, pod.seen)) go(next, at, steps.startJoiner);
    });
  },

  [steps.startJoiner]: (scene, emit) => {
    const { state, at, name, pod, protocol } = scene;
    const { data } = claimOf(state, at).volume;
    if (data !== undefined) {
      emit(`${name}: starts on the data it has`, next => become(next, at, data.id));
      return;
    }
    const list = listedBy(scene);
    // etcd takes the ID that its peers list for its address, whichever pod added it.
    const id = (list?.[pod.ordinal] ?? 0) >> 1;
    const another =
      id !== pod.id && (protocol.has('startsListed') || !generationOf(state, pod.seen).ran.has(id));
    if (id === 0 || another) {
      emit(`${name}: etcd finds no entry`, next => restart(next, at));
      return;
    }
    emit(`${name}: starts as learner ${id}`, next => {
      claimOf(next, at).volume.data = { generation: pod.seen, id, log: noLog };
      become(next, at, id);
    });
  },
};

function listedBy({ state, pod }: Scene) {
  const leader = leaderOf(state, pod.seen);
  return leader === undefined ? undefined : membersOf(generationOf(state, pod.seen));
}

/** Makes the claim of a pod an owner of the record; a claim that is gone cannot be one. */
export function addOwner(record: ClusterRecord, at: number): void {
  if (at === stray) return;
  record.owners |= 1 << at;
  record.kept = false;
}

/** Annotates the claim. Returns false if the claim is gone. */
function annotate(state: State, at: number, generation: number): boolean {
  if (at === stray) {
    restart(state, at);
    return false;
  }
  const claim: Claim = claimOf(state, at);
  claim.annotated = generation;
  return true;
}

/** The record is gone, and no pod still acts on it. */
export function forgetRecord(state: State): void {
  state.record = undefined;
  for (const pod of state.pods) pod.sameRecord = false;
}
