// What Kubernetes does, and the preStop hook that it runs.
import { acknowledge, leaderOf, maySpare, membersOf, placeOf, running, withMember } from './cluster.ts';
import { quorumAnswers } from './peers.ts';
import type { Protocol } from './rules.ts';
import { forgetRecord, forgetStray, restart } from './start.ts';
import { bit, generationOf, has, ordinals, podOf, type State, steps, stray } from './state.ts';
import type { Emit } from './step.ts';

/** Emits what happens without a fault. */
export function kubernetesSteps(state: State, protocol: Protocol, emit: Emit): void {
  if (!state.api) emit('the API server answers again', next => Object.assign(next, { api: true }));
  const { record } = state;
  if (state.api && record !== undefined && record.owners === 0 && !record.kept) {
    emit('the record is collected: no owner is left', next => forgetRecord(next));
  }
  for (const at of ordinals) {
    if (!has(state.down, at)) continue;
    emit(`the node of ${at} is back`, next => {
      next.down &= ~bit(at);
    });
  }
  if (podOf(state, stray).present) emit("the stray pod's node is gone", next => forgetStray(next));
  for (const at of ordinals) {
    const pod = podOf(state, at);
    if (!state.api) break;
    if (!pod.present && at < state.replicas && !has(state.down, at))
      emit(`pod ${at} is created`, next => createPod(next, at));
    if (pod.present && at >= state.replicas && !pod.leaving) {
      const leaves = pod.step === steps.running && (state.replicas > 0 || !protocol.has('neverLeaveAtZero'));
      emit(`pod ${at} is told to stop`, next => {
        if (leaves) podOf(next, at).leaving = true;
        else removePod(next, at);
      });
    }
    if (pod.leaving) leave(state, at, protocol, emit);
  }
  for (const member of running(state)) {
    if (leaderOf(state, member.generation) === undefined || member.pod.leaving) continue;
    if (placeOf(membersOf(generationOf(state, member.generation)), member.id) >= 0) continue;
    emit(`etcd of pod ${member.at} stops: it was removed`, next => {
      if (member.at === stray) forgetStray(next);
      else restart(next, member.at);
    });
  }
}

function leave(state: State, at: number, protocol: Protocol, emit: Emit): void {
  const own = running(state).find(member => member.at === at);
  if (own === undefined) {
    emit(`pod ${at} is gone`, next => removePod(next, at));
    return;
  }
  const { generation, id } = own;
  const list = membersOf(generationOf(state, generation));
  const listed = placeOf(list, id) >= 0;
  const quorum = quorumAnswers(state, at, generation, protocol) && state.api;
  if (!listed || !protocol.has('leaveNeedsQuorum')) {
    emit(`pod ${at} has left`, next => removePod(next, at));
    return;
  }
  if (!quorum || (list[at] ?? 0) === 0) {
    emit(`pod ${at} cannot leave in time`, next => removePod(next, at));
    return;
  }
  if (((list[at] ?? 0) & 1) === 1 && !maySpare(state, generation, id)) {
    emit(`pod ${at} cannot leave in time`, next => removePod(next, at));
    return;
  }
  emit(`pod ${at} takes its member ${id} out of the list`, next =>
    acknowledge(next, generation, withMember(list, at, 0)),
  );
}

/** Creates the pod, with nothing verified. */
export function createPod(state: State, at: number): void {
  restart(state, at);
  Object.assign(podOf(state, at), { present: true, verified: false, leaving: false });
}

/** Deletes the pod and its emptyDir. Its signature stays, but a pod of that name has to sign again. */
export function removePod(state: State, at: number): void {
  restart(state, at);
  Object.assign(podOf(state, at), { present: false, verified: false, leaving: false });
  if (state.record === undefined) return;
  state.record.fence &= ~bit(at);
  state.record.current &= ~bit(at);
}
