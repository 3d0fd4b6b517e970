// A restore: what keepers and starting pods do in its phases.
import { hasQuorum, running, withMember } from './cluster.ts';
import { refusalOf, wrongDecision } from './decision.ts';
import { isReady, quorumAnswers } from './peers.ts';
import { begin, end, isAsked, isOpen, refuse, sourceOf, withdraw, writeFence } from './request.ts';
import type { Protocol } from './rules.ts';
import { addOwner, orderOf, restart } from './start.ts';
import {
  bit,
  type ClusterRecord,
  claimOf,
  founderId,
  generationOf,
  has,
  kindOf,
  ordinals,
  podOf,
  type State,
  steps,
} from './state.ts';
import type { Emit } from './step.ts';

/** Emits what the keeper of a running member does about a restore. */
export function watchRestore(state: State, at: number, protocol: Protocol, emit: Emit): void {
  const { record, request } = state;
  const own = running(state).find(member => member.at === at);
  if (own === undefined || record?.phase === 'forming') return;
  const ready = isReady(state, own, protocol);
  const who = `keeper ${at}`;
  const may = request?.force === true || !(ready || quorumAnswers(state, at, own.generation, protocol));
  if (record === undefined) {
    if (may && isAsked(state, at, protocol)) begin(state, at, who, protocol, emit);
    return;
  }
  const stop = (why: string): void =>
    emit(`${who}: stops etcd: ${why}`, next => {
      const unforced = record.phase === 'stopping' && request?.force === false;
      if (unforced && hasQuorum(next, own)) {
        next.broken = `unforced restore ${record.restore} stops member ${own.id} at ordinal ${at}, which has a quorum`;
      }
      restart(next, at);
    });
  if (record.phase === 'formed') {
    const superseded = orderOf(state, record.generation, own.generation) === 'higher';
    if (superseded && quorumAnswers(state, at, record.generation, protocol)) stop('the record is newer');
    else if (request !== undefined && isOpen(state, at, protocol)) {
      const named = request.member === at;
      if (ready && !request.force && protocol.has('objection')) {
        if (named || protocol.has('anyRefuses')) {
          refuse(request.id, `${who}: refuses restore ${request.id}: it has a quorum`, emit);
        }
      } else if ((may || !protocol.has('objection')) && isAsked(state, at, protocol))
        begin(state, at, who, protocol, emit);
    }
    return;
  }
  if (own.generation === record.next) {
    if (record.phase === 'restoring' && ready) {
      emit(`${who}: generation ${record.next} serves: phase formed`, next => finish(next, at));
    }
  } else if (record.phase === 'stopping' && request?.id !== record.restore) {
    withdraw(record.restore, who, emit);
  } else if (record.phase === 'stopping' && request?.force === false && ready && protocol.has('objection')) {
    refuse(record.restore, `${who}: objects to restore ${record.restore}: it has a quorum`, emit);
  } else stop(`restore ${record.restore}`);
}

function finish(state: State, at: number): void {
  const { record } = state;
  if (record === undefined) return;
  if (has(state.restored, record.restore)) {
    state.broken = `restore ${record.restore} was carried out a second time`;
  }
  state.restored |= bit(record.restore);
  record.finished |= bit(record.restore);
  record.generation = record.next;
  record.founder = at;
  record.voters = bit(at);
  record.learners = 0;
  end(record);
}

/** Emits what a starting pod does in phase `stopping` or `restoring`. */
export function lookDuringRestore(state: State, at: number, protocol: Protocol, emit: Emit): void {
  const { record } = state;
  if (record === undefined) return;
  if (record.phase === 'stopping') stopping(state, record, at, protocol, emit);
  else if (record.source === at) restoring(state, record, at, emit);
  else if (!protocol.has('othersWait') && kindOf(claimOf(state, at).volume, at) === 'own') {
    emit(`pod ${at}: starts as it is`, next => {
      Object.assign(podOf(next, at), { step: steps.running, verified: true });
    });
  }
}

function stopping(state: State, record: ClusterRecord, at: number, protocol: Protocol, emit: Emit): void {
  const { request } = state;
  const { restore, source } = record;
  if (request?.id !== restore) {
    withdraw(restore, `pod ${at}`, emit);
  } else if (source === at && !record.fenced) {
    emit(`pod ${at}: writes the fence`, next => {
      if (next.record !== undefined) writeFence(next, next.record, protocol);
    });
  } else if (!has(record.current, at)) {
    emit(`pod ${at}: signs`, next => {
      if (protocol.has('dropVerified')) podOf(next, at).verified = false;
      if (next.record === undefined) return;
      next.record.signed |= bit(at);
      next.record.current |= bit(at);
    });
  } else if (source === at) {
    if ((record.fence & ~record.current) !== 0 && protocol.has('signatures')) return;
    const why =
      sourceOf(state, at, request.archive) === undefined
        ? 'it has no data'
        : request.force
          ? ''
          : refusalOf(state, record, request, protocol);
    if (why !== '') refuse(restore, `pod ${at}: refuses restore ${restore}: ${why}`, emit);
    else goOn(state, record, at, protocol, emit);
  }
}

function goOn(state: State, record: ClusterRecord, at: number, protocol: Protocol, emit: Emit): void {
  const { request } = state;
  emit(`pod ${at}: every pod in the fence has stopped (restoring)`, next => {
    const seen = [record.generation, ...ordinals.map(other => claimOf(next, other).annotated)];
    const numbers = seen.map(generation => (generation === 0 ? 0 : generationOf(next, generation).number));
    const highest = Math.max(...numbers);
    if (request?.force === false) next.broken = wrongDecision(next, record, request);
    next.generations.push({
      number: protocol.has('numberGoesUp') ? highest + 1 : highest,
      log: [withMember([0, 0, 0], at, founderId * 2 + 1)],
      ran: new Map(),
      destroyed: new Set(),
    });
    if (next.record === undefined) return;
    Object.assign(next.record, { phase: 'restoring', fenced: false, fence: 0, signed: 0, current: 0 });
    next.record.next = next.generations.length;
  });
}

function restoring(state: State, record: ClusterRecord, at: number, emit: Emit): void {
  const { request } = state;
  const claim = claimOf(state, at);
  const { volume } = claim;
  const { next, restore } = record;
  const act = (label: string, change: (next: State) => void): void => emit(`pod ${at}: ${label}`, change);
  if (kindOf(volume, at) === 'own' && volume.identity?.generation === next) {
    act(`starts the restored generation ${next}`, after => {
      Object.assign(podOf(after, at), { step: steps.running, verified: true });
    });
  } else if (sourceOf(state, at, request?.archive === true) === undefined && volume.staged !== next) {
    refuse(restore, `pod ${at}: refuses restore ${restore}: it has no data`, emit);
  } else if (request?.id !== restore) {
    act(`restore ${restore} is withdrawn`, after => {
      const its = claimOf(after, at);
      Object.assign(its.volume, { staged: 0, stagedFinished: 0, partial: 0 });
      if (its.annotated === next) its.annotated = volume.identity?.generation ?? record.generation;
      if (after.record !== undefined) end(after.record);
    });
  } else if (volume.staged !== next && volume.partial !== next) {
    act(`begins to stage generation ${next}`, after => {
      claimOf(after, at).volume.partial = next;
    });
  } else if (volume.staged !== next && (volume.data !== undefined || claim.annotated === next)) {
    act(`has staged generation ${next}`, after => {
      const finished = record.finished | bit(restore);
      Object.assign(claimOf(after, at).volume, { staged: next, stagedFinished: finished, partial: 0 });
    });
  } else if (claim.annotated !== next) {
    act('owns the record and annotates its claim', after => {
      if (after.record !== undefined) addOwner(after.record, at);
      claimOf(after, at).annotated = next;
    });
  } else {
    act('archives the old data', after => {
      const { volume: its } = claimOf(after, at);
      if (after.archives && its.data !== undefined) its.archive = its.data;
      Object.assign(its, { data: undefined, identity: undefined, joining: 0 });
    });
  }
}
