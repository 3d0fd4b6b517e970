// How a pod learns about the others: whom it asks for a quorum, and the annotations of the claims.
import { hasQuorum, type Running, running } from './cluster.ts';
import type { Protocol } from './rules.ts';
import { bit, claimOf, has, ordinals, podOf, type State } from './state.ts';

/** Returns the ordinals that a pod asks for a quorum; the pod itself may be among them. */
function askedOf(state: State, protocol: Protocol): number {
  const { record, replicas } = state;
  let asked = bit(replicas) - 1;
  if (record !== undefined && record.voters !== 0) {
    if (protocol.has('askVoters')) asked |= record.voters;
  } else if (protocol.has('askPods')) {
    for (const at of ordinals) if (podOf(state, at).present) asked |= bit(at);
  }
  return asked;
}

/** Returns whether the chart takes a member for one that has a quorum. */
export function isReady(state: State, member: Running, protocol: Protocol): boolean {
  return hasQuorum(state, member) && (!state.alarm || protocol.has('askDespiteAlarm'));
}

/** Returns whether another pod of the set answers that has a quorum of that generation. */
export function quorumAnswers(state: State, at: number, generation: number, protocol: Protocol): boolean {
  const { ordinal } = podOf(state, at);
  const asked = askedOf(state, protocol);
  return running(state, generation).some(
    member =>
      member.pod.ordinal !== ordinal && has(asked, member.pod.ordinal) && isReady(state, member, protocol),
  );
}

/** Returns whether another pod that is asked answers at all. */
export function peersAnswer(state: State, at: number, protocol: Protocol): boolean {
  const { ordinal } = podOf(state, at);
  const asked = askedOf(state, protocol);
  return running(state).some(({ pod }) => pod.ordinal !== ordinal && has(asked, pod.ordinal));
}

/** Returns the generations on the claims of the other ordinals. */
export function otherAnnotations(state: State, at: number): number[] {
  const { ordinal } = podOf(state, at);
  return ordinals
    .filter(other => other !== ordinal)
    .map(other => claimOf(state, other).annotated)
    .filter(generation => generation > 0);
}
