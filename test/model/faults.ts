// What goes wrong, and what a person does. Each costs one of the faults that a search may spend.
import { acknowledge, leaderOf, running } from './cluster.ts';
import { createPod, removePod } from './kubernetes.ts';
import { forgetRecord, lookAfresh } from './start.ts';
import {
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
  rebind: 'a claim is made anew over the volume that it had',
  strip: 'the identity on a volume is lost',
  stray: 'a pod and its claim are deleted by force, while its container runs on',
  record: 'the record is deleted',
  putBack: 'an older record is put back',
  api: 'the API server stops answering',
  scale: 'the set is scaled to one or more',
  sleep: 'the set is scaled to zero',
  restore: 'a restore is asked for',
  insist: 'a restore that insists is asked for',
  lie: 'a restore is asked for that names living members as lost',
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
      fault('crash', `pod ${at} is killed`, next =>
        pod.leaving ? removePod(next, at) : lookAfresh(next, at),
      );
    }
    if (data !== undefined)
      fault('wipe', `the volume of ${at} is emptied in place`, next => {
        destroy(next, at);
        claimOf(next, at).volume = emptyVolume();
        lookAfresh(next, at);
      });
    if (data !== undefined && volume.identity !== undefined)
      fault('strip', `the volume of ${at} loses its identity`, next => {
        destroy(next, at);
        claimOf(next, at).volume.identity = undefined;
        lookAfresh(next, at);
      });
    if (!state.api) continue;
    if (pod.present) fault('delete', `pod ${at} is deleted`, next => removePod(next, at));
    fault('lose', `pod ${at} and its claim are deleted`, next => renewClaim(next, at));
    if (data !== undefined)
      fault('rebind', `the claim of ${at} is made anew over its volume`, next => {
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
      next.record = { ...newRecord(index + 1, 'formed', deadClaim), kept: true };
    });
  }
  for (const replicas of [0, 1, 2, 3]) {
    if (replicas === state.replicas) continue;
    fault(replicas === 0 ? 'sleep' : 'scale', `the set is scaled to ${replicas}`, next =>
      Object.assign(next, { replicas }),
    );
  }
  asks(state, fault);
}

function asks(
  state: State,
  fault: (kind: FaultKind, label: string, change: (next: State) => void) => void,
): void {
  if (state.request !== undefined) {
    fault('withdraw', 'the request is withdrawn', next => Object.assign(next, { request: undefined }));
  }
  if (state.requests === 2 || state.replicas === 0) return;
  for (const member of ordinals.filter(at => at < state.replicas)) {
    if (claimOf(state, member).volume.data === undefined) continue;
    const ask = (kind: FaultKind, lost: number, insist: boolean): void =>
      fault(kind, `${faultKinds[kind]}, from member ${member}`, next => {
        next.requests += 1;
        next.request = { id: next.requests, member, lost, insist };
      });
    ask('restore', 0, false);
    ask('insist', 0, true);
    ask('lie', 0b111 & ~(1 << member), false);
  }
}

/** Writes matter only where a volume is not there to take them. */
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
  const { data } = claimOf(state, at).volume;
  if (data !== undefined) generationOf(state, data.generation).destroyed.add(data.id);
}

function orphaned<Volume extends { identity: { owner: number } | undefined }>(
  volume: Volume,
  at: number,
): Volume {
  if (volume.identity?.owner === at) volume.identity.owner = deadClaim;
  return volume;
}

/** The claim of an ordinal and its volume are gone; who names that claim names one that is dead. */
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
  if (at < state.replicas) createPod(state, at);
}
