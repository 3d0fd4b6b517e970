// A restore that somebody asked for by name: what keepers and starting pods do with it.
import { isReady, membersOf, running, votersOf, withMember } from './cluster.ts';
import type { Protocol } from './rules.ts';
import { addOwner, lookAfresh, orderOf, quorumAnswers } from './start.ts';
import {
  type ClusterRecord,
  claimOf,
  founderId,
  generationOf,
  kindOf,
  newRecord,
  ordinals,
  podOf,
  type State,
  steps,
} from './state.ts';
import type { Emit } from './step.ts';

function bit(id: number): number {
  return 1 << id;
}

function isWanted(state: State, at: number, protocol: Protocol): boolean {
  const { record, request } = state;
  if (request === undefined) return false;
  const onRecord = protocol.has('finishedOnRecord') ? (record?.finished ?? 0) : 0;
  const onVolume = protocol.has('finishedOnVolumes')
    ? (claimOf(state, at).volume.identity?.finished ?? 0)
    : 0;
  const refused = request.insist ? 0 : (record?.refused ?? 0);
  return ((onRecord | onVolume | refused) & bit(request.id)) === 0;
}

/** Returns whether a restore from the volume of this pod is asked for, which is not under way. */
export function isAsked(state: State, at: number, protocol: Protocol): boolean {
  const { record, request } = state;
  return request?.member === at && request.id !== record?.restore && isWanted(state, at, protocol);
}

/** The record says `stopping`, for a restore from the volume of this pod. */
export function beginRestore(state: State, at: number): void {
  const { request } = state;
  if (request === undefined) return;
  const { identity, data } = claimOf(state, at).volume;
  if (state.record === undefined) {
    for (const pod of state.pods) pod.sameRecord = false;
    state.record = newRecord(identity?.generation ?? data?.generation ?? 0, 'stopping', at);
  }
  begin(state.record, request.id, at);
}

function leave(record: ClusterRecord): void {
  Object.assign(record, { phase: 'formed', restore: 0, source: 0, signed: 0, next: 0 });
}

function begin(record: ClusterRecord, restore: number, source: number): void {
  Object.assign(record, { phase: 'stopping', restore, source, signed: 0, next: 0 });
}

/** What the keeper of a running member does about a restore. */
export function heedRestore(state: State, at: number, protocol: Protocol, emit: Emit): void {
  const { record, request } = state;
  const own = running(state).find(member => member.at === at);
  if (own === undefined || record?.phase === 'forming') return;
  const ready = isReady(state, own);
  if (record === undefined) {
    if (!ready && isAsked(state, at, protocol)) {
      emit(`keeper ${at}: begins restore ${request?.id} (stopping)`, next => beginRestore(next, at));
    }
    return;
  }
  const stop = (why: string): void => emit(`keeper ${at}: stops etcd: ${why}`, next => lookAfresh(next, at));
  if (record.phase === 'formed') {
    const superseded = orderOf(state, record.generation, own.generation) === 'higher';
    if (superseded && quorumAnswers(state, at, record.generation)) stop('the record says a newer generation');
    else if (request !== undefined && isWanted(state, at, protocol) && request.member === at) {
      if (ready && !request.insist && protocol.has('objection')) {
        emit(`keeper ${at}: refuses restore ${request.id}: there is a quorum`, next => {
          if (next.record !== undefined) next.record.refused |= bit(request.id);
        });
      } else {
        emit(`keeper ${at}: begins restore ${request.id} (stopping)`, next => beginRestore(next, at));
      }
    }
    return;
  }
  if (own.generation === record.next) {
    if (record.phase === 'restoring' && ready) {
      emit(`keeper ${at}: generation ${record.next} serves: the record says formed`, next => {
        if (next.record === undefined) return;
        if ((next.restored & bit(record.restore)) !== 0)
          next.broken = `restore ${record.restore} was carried out a second time`;
        next.restored |= bit(record.restore);
        next.record.finished |= bit(record.restore);
        next.record.generation = record.next;
        next.record.founder = at;
        leave(next.record);
      });
    }
  } else if (record.phase === 'stopping' && request?.id !== record.restore) {
    emit(`keeper ${at}: restore ${record.restore} is withdrawn`, next => {
      if (next.record !== undefined) leave(next.record);
    });
  } else if (
    record.phase === 'stopping' &&
    request?.id === record.restore &&
    !request.insist &&
    ready &&
    protocol.has('objection')
  ) {
    emit(`keeper ${at}: objects to restore ${record.restore}: there is a quorum`, next => {
      if (next.record === undefined) return;
      next.record.refused |= bit(record.restore);
      leave(next.record);
    });
  } else stop(`restore ${record.restore}`);
}

/** What a starting pod does while the record says `stopping` or `restoring`. */
export function lookDuringRestore(state: State, at: number, protocol: Protocol, emit: Emit): void {
  const { record, request } = state;
  if (record === undefined) return;
  if (record.phase === 'stopping') {
    stopping(state, record, at, protocol, emit);
    return;
  }
  if (record.source !== at) {
    if (!protocol.has('othersWait') && kindOf(claimOf(state, at).volume, at) === 'mine') {
      emit(`pod ${at}: starts as it is`, next => {
        Object.assign(podOf(next, at), { step: steps.running, verified: true });
      });
    }
    return;
  }
  const { volume } = claimOf(state, at);
  const next = record.next;
  if (kindOf(volume, at) === 'mine' && volume.identity?.generation === next) {
    emit(`pod ${at}: starts the restored generation ${next}`, after => {
      Object.assign(podOf(after, at), { step: steps.running, verified: true });
    });
  } else if (volume.data === undefined) {
    emit(`pod ${at}: has no data to restore ${record.restore} from`, after => {
      if (after.record === undefined) return;
      after.record.refused |= bit(record.restore);
      leave(after.record);
    });
  } else if (request?.id !== record.restore) {
    emit(`pod ${at}: restore ${record.restore} is withdrawn`, after => {
      const claim = claimOf(after, at);
      Object.assign(claim.volume, { staged: 0, stagedFinished: 0 });
      if (claim.annotated === next) claim.annotated = volume.identity?.generation ?? record.generation;
      if (after.record !== undefined) leave(after.record);
    });
  } else if (volume.staged !== next) {
    emit(`pod ${at}: stages generation ${next}`, after => {
      const { volume } = claimOf(after, at);
      volume.staged = next;
      volume.stagedFinished = record.finished | bit(record.restore);
    });
  } else if (claimOf(state, at).annotated !== next) {
    emit(`pod ${at}: owns the record and annotates its claim`, after => {
      if (after.record !== undefined) addOwner(after.record, at);
      claimOf(after, at).annotated = next;
    });
  } else {
    emit(`pod ${at}: puts the old data aside`, after => {
      Object.assign(claimOf(after, at).volume, { data: undefined, identity: undefined, joining: 0 });
    });
  }
}

function stopping(state: State, record: ClusterRecord, at: number, protocol: Protocol, emit: Emit): void {
  const { request } = state;
  if (request?.id !== record.restore) {
    emit(`pod ${at}: restore ${record.restore} is withdrawn`, next => {
      if (next.record !== undefined) leave(next.record);
    });
    return;
  }
  if ((record.signed & bit(at)) === 0) {
    emit(`pod ${at}: signs that nothing runs here`, next => {
      if (protocol.has('dropVerified')) podOf(next, at).verified = false;
      if (next.record !== undefined) next.record.signed |= bit(at);
    });
  } else if (record.source === at) {
    const all = ordinals.every(
      other => other >= state.replicas || ((record.signed | request.lost) & bit(other)) !== 0,
    );
    // A pod that was wrongly named as lost objects or stops in the time that it is given.
    const alive = running(state).some(member => (request.lost & bit(member.at)) !== 0);
    if ((!all || alive) && protocol.has('signatures')) return;
    if (
      !request.insist &&
      quorumIsWhole(state, record.generation, record.signed) &&
      protocol.has('wholeQuorum')
    ) {
      emit(`pod ${at}: refuses restore ${request.id}: a quorum has its data`, next => {
        if (next.record === undefined) return;
        next.record.refused |= bit(request.id);
        leave(next.record);
      });
      return;
    }
    emit(`pod ${at}: all have stopped: restoring`, next => {
      const highest = Math.max(
        generationOf(next, record.generation).number,
        ...ordinals.map(other => {
          const seen = claimOf(next, other).annotated;
          return seen === 0 ? 0 : generationOf(next, seen).number;
        }),
      );
      if (!request.insist && quorumIsWhole(next, record.generation, 0b111)) {
        next.broken = `restore ${request.id} goes on, uninsisted, although the volumes of a quorum of generation ${record.generation} are whole`;
      }
      next.generations.push({
        number: protocol.has('numberGoesUp') ? highest + 1 : highest,
        log: [withMember([0, 0, 0], at, founderId * 2 + 1)],
        ran: new Map(),
        destroyed: new Set(),
      });
      if (next.record !== undefined)
        Object.assign(next.record, { phase: 'restoring', next: next.generations.length });
    });
  }
}

/** Could the voters among those ordinals start as they are and be a quorum? */
function quorumIsWhole(state: State, generation: number, among: number): boolean {
  const voters = votersOf(membersOf(generationOf(state, generation)));
  const whole = ordinals.filter(at => {
    const { volume } = claimOf(state, at);
    const { data } = volume;
    const startable =
      (among & bit(at)) !== 0 &&
      at < state.replicas &&
      kindOf(volume, at) === 'mine' &&
      data?.generation === generation;
    return startable && voters.includes(data.id);
  });
  return whole.length * 2 > voters.length;
}
