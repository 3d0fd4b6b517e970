// What goes wrong, and what a user does. Each costs one of the faults that a search may spend.
import { acknowledge, leaderOf, membersOf, running, voterOrdinals } from './cluster.ts';
import { createPod, removePod } from './kubernetes.ts';
import { forgetRecord, restart } from './start.ts';
import {
  bit,
  claimOf,
  copyVolume,
  deadClaim,
  emptyVolume,
  generationOf,
  newRecord,
  ordinals,
  podOf,
  type State,
  steps,
  stray,
} from './state.ts';
import type { Emit } from './step.ts';

export const faultKinds = {
  crash: 'a container ends between two of its steps',
  delete: 'a pod is deleted',
  lose: 'a pod and its claim are deleted',
  wipe: 'a volume is emptied in place',
  copy: 'an old copy of a volume comes back under a new claim',
  rebind: 'a new claim is bound to the volume of the old one',
  strip: 'the identity on a volume is lost',
  stray: 'a pod and its claim are deleted by force, while its container runs on',
  record: 'the record is deleted',
  putBack: 'an older record is put back',
  unknown: 'a record of a generation that no volume has is put back',
  api: 'the API server stops answering',
  scale: 'the set is scaled to one or more',
  sleep: 'the set is scaled to zero',
  alarm: 'a CORRUPT alarm is raised',
  outage: 'all nodes but one fail, and their pods are deleted by force',
  restore: 'a restore is requested',
  useless: 'a restore is requested from a pod that does not exist or has no data',
  archived: 'a restore from an archive is requested',
  force: 'a forced restore is requested',
  withdraw: 'a request is withdrawn',
} as const;
export type FaultKind = keyof typeof faultKinds;

/** Emits every fault of those kinds that can happen now, and the writes that make a stopped volume an old one. */
export function faultSteps(state: State, kinds: ReadonlySet<FaultKind>, emit: Emit): void {
  if (state.faults === 0) return;
  write(state, emit);
  const fault = (kind: FaultKind, label: string, change: (next: State) => void): void => {
    if (!kinds.has(kind)) return;
    emit(
      `! ${label}`,
      next => {
        next.faults -= 1;
        change(next);
      },
      'fault',
    );
  };
  for (const at of ordinals) {
    const { volume } = claimOf(state, at);
    const pod = podOf(state, at);
    const { data } = volume;
    if (pod.present && (pod.step !== steps.look || pod.leaving)) {
      fault('crash', `pod ${at} is killed`, next => (pod.leaving ? removePod(next, at) : restart(next, at)));
    }
    if (data !== undefined)
      fault('wipe', `the volume of ${at} is emptied in place`, next => {
        destroy(next, at);
        claimOf(next, at).volume = emptyVolume();
        restart(next, at);
      });
    if (data !== undefined && volume.identity !== undefined)
      fault('strip', `the volume of ${at} loses its identity`, next => {
        destroy(next, at);
        claimOf(next, at).volume.identity = undefined;
        restart(next, at);
      });
    if (!state.api) continue;
    if (pod.present) fault('delete', `pod ${at} is deleted`, next => removePod(next, at));
    fault('lose', `pod ${at} and its claim are deleted`, next => renewClaim(next, at));
    if (data !== undefined)
      fault('rebind', `a new claim of ${at} is bound to its old volume`, next => {
        const kept = copyVolume(volume);
        renewClaim(next, at);
        claimOf(next, at).volume = orphaned(kept, at);
      });
    if (!podOf(state, stray).present && pod.present)
      fault('stray', `pod ${at} and its claim are deleted by force, its container runs on`, next => {
        const kept = copyVolume(volume);
        renewClaim(next, at);
        if (kept.identity?.owner === at) kept.identity.owner = stray;
        next.claims[stray] = { annotated: 0, volume: kept };
        next.pods[stray] = { ...pod, sameRecord: pod.sameRecord && next.record !== undefined };
      });
    const { shelf } = state;
    if (shelf !== undefined)
      fault('copy', `a copy taken before comes back as the volume of ${at}`, next => {
        renewClaim(next, at);
        claimOf(next, at).volume = orphaned(copyVolume(shelf), at);
        next.shelf = undefined;
      });
    else if (data !== undefined && kinds.has('copy')) {
      emit(
        `! a copy of the volume of ${at} is taken`,
        next => Object.assign(next, { shelf: copyVolume(volume) }),
        'fault',
      );
    }
  }
  if (!state.api) return;
  fault('api', 'the API server stops answering', next => Object.assign(next, { api: false }));
  if (state.record !== undefined)
    fault('record', 'the record is deleted', next => {
      forgetRecord(next);
      next.meddled = true;
    });
  for (const [index] of state.generations.entries()) {
    if (state.record?.generation === index + 1) continue;
    fault('putBack', `the record of generation ${index + 1} is put back`, next => {
      forgetRecord(next);
      next.meddled = true;
      const voters = voterOrdinals(membersOf(generationOf(next, index + 1)));
      next.record = { ...newRecord(index + 1, 'formed', deadClaim, voters), kept: true };
    });
  }
  if (kinds.has('unknown') && state.generations.length > 0) {
    fault('unknown', faultKinds.unknown, next => {
      const number = Math.max(...next.generations.map(generation => generation.number)) + 1;
      next.generations.push({ number, log: [[0, 0, 0]], ran: new Map(), destroyed: new Set() });
      forgetRecord(next);
      next.meddled = true;
      next.record = { ...newRecord(next.generations.length, 'formed', deadClaim, 0b001), kept: true };
    });
  }
  for (const replicas of [0, 1, 2, 3]) {
    if (replicas === state.replicas) continue;
    fault(replicas === 0 ? 'sleep' : 'scale', `the set is scaled to ${replicas}`, next =>
      Object.assign(next, { replicas }),
    );
  }
  outage(state, fault);
  if (!state.alarm) fault('alarm', faultKinds.alarm, next => Object.assign(next, { alarm: true }));
  requests(state, fault);
}

type Fault = (kind: FaultKind, label: string, change: (next: State) => void) => void;

function outage(state: State, fault: Fault): void {
  const present = ordinals.filter(at => podOf(state, at).present);
  if (state.down !== 0 || present.length < 2) return;
  for (const survivor of present) {
    fault(
      'outage',
      `all nodes but that of pod ${survivor} fail, and their pods are deleted by force`,
      next => {
        for (const at of present.filter(other => other !== survivor)) {
          removePod(next, at);
          next.down |= bit(at);
        }
      },
    );
  }
}

function requests(state: State, fault: Fault): void {
  if (state.request !== undefined) {
    fault('withdraw', 'the request is withdrawn', next => Object.assign(next, { request: undefined }));
  }
  if (state.requests === 2) return;
  for (const member of ordinals) {
    const { data, archive } = claimOf(state, member).volume;
    const useful = data !== undefined && member < state.replicas;
    const request = (kind: FaultKind, archived: boolean, force: boolean): void =>
      fault(kind, `${faultKinds[kind]}, from ${member}`, next => {
        next.requests += 1;
        next.request = { id: next.requests, member, archive: archived, force };
      });
    if (useful) request('restore', false, false);
    else request('useless', false, false);
    if (useful) request('force', false, true);
    if (archive !== undefined && member < state.replicas) request('archived', true, false);
  }
}

/** A write matters only if some volume does not take part in it. */
function write(state: State, emit: Emit): void {
  for (const [index, of] of state.generations.entries()) {
    const generation = index + 1;
    if (leaderOf(state, generation) === undefined) continue;
    const live = new Set(running(state, generation).map(({ at }) => at));
    const last = of.log.length - 1;
    const behind = (data: { generation: number; log: number } | undefined): boolean =>
      data?.generation === generation && data.log === last;
    const stale = state.claims.some(({ volume }, at) => !live.has(at) && behind(volume.data));
    if (stale || behind(state.shelf?.data)) {
      emit(
        `a write is acknowledged in generation ${generation}`,
        next => acknowledge(next, generation),
        'fault',
      );
    }
  }
}

function destroy(state: State, at: number): void {
  const { data, archive } = claimOf(state, at).volume;
  for (const of of [data, archive]) {
    if (of !== undefined) generationOf(state, of.generation).destroyed.add(of.id);
  }
}

function orphaned<Volume extends { identity: { owner: number } | undefined }>(
  volume: Volume,
  at: number,
): Volume {
  if (volume.identity?.owner === at) volume.identity.owner = deadClaim;
  return volume;
}

/** Deletes the claim of an ordinal and its volume. References to that claim become references to a deleted one. */
function renewClaim(state: State, at: number): void {
  destroy(state, at);
  state.claims[at] = { annotated: 0, volume: emptyVolume() };
  for (const { volume } of state.claims) orphaned(volume, at);
  if (state.shelf !== undefined) orphaned(state.shelf, at);
  if (state.record !== undefined) {
    state.record.owners &= ~(1 << at);
    if (state.record.founder === at) state.record.founder = deadClaim;
  }
  removePod(state, at);
  state.down &= ~bit(at);
  if (at < state.replicas) createPod(state, at);
}
