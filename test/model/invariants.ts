import { leaderOf, membersOf, running, voterOrdinals, votersOf } from './cluster.ts';
import { sourceOf } from './request.ts';
import { claimOf, generationOf, has, kindOf, ordinals, podOf, type State, steps, stray } from './state.ts';

/** Returns which invariant this state breaks, or nothing. Steps report the invariants that only a step can break. */
export function brokenInvariant(state: State): string {
  const members = running(state);
  for (const [index, one] of members.entries()) {
    for (const two of members.slice(index + 1)) {
      if (one.generation === two.generation && one.id === two.id) {
        return `member ID ${one.id} of generation ${one.generation} runs twice, at ordinals ${one.pod.ordinal} and ${two.pod.ordinal}`;
      }
    }
  }
  // A pod that a user deleted by force is no longer part of the set.
  const serving = state.generations
    .map((_, index) => index + 1)
    .filter(generation => leaderOf(state, generation, false) !== undefined);
  if (serving.length > 1) return `generations ${serving.join(' and ')} serve at once`;
  return '';
}

/**
 * Returns whether the cluster is as it is wanted: each replica is a voter, no one else is, the record agrees, and no
 * request waits for a chance.
 */
export function isGood(state: State): boolean {
  const { record, replicas } = state;
  if (!state.api) return false;
  if (replicas === 0) return ordinals.every(at => !podOf(state, at).present);
  if (record?.phase !== 'formed' || podOf(state, stray).present) return false;
  const { request } = state;
  if (request?.force === false && !has(record.finished | record.refused, request.id)) return false;
  const list = membersOf(generationOf(state, record.generation));
  return (
    record.voters === voterOrdinals(list) &&
    record.learners === 0 &&
    leaderOf(state, record.generation) !== undefined &&
    ordinals.every(at => {
      const pod = podOf(state, at);
      const entry = list[at] ?? 0;
      if (at >= replicas) return !pod.present && entry === 0;
      const { data } = claimOf(state, at).volume;
      const runs = pod.present && pod.step === steps.running && data?.generation === record.generation;
      return runs && entry === data.id * 2 + 1 && (record.owners & (1 << at)) !== 0;
    })
  );
}

/**
 * Returns why the state waits for a user, for a documented reason; nothing for a state that has to recover by itself.
 * Only what a fault destroyed counts, not what the protocol archived.
 */
export function lostCause(state: State): string {
  const { record, replicas } = state;
  if (isPromising(state)) return '';
  const volumes = ordinals.map(at => claimOf(state, at).volume);
  const kinds = ordinals.map(at => kindOf(claimOf(state, at).volume, at));
  if (kinds.includes('unidentified')) return 'data without identity';
  if (record?.kept === true) return 'an old record was put back';
  const orphan = ordinals.some(at => {
    const { annotated } = claimOf(state, at);
    return (
      annotated > 0 &&
      annotated !== record?.generation &&
      volumes.every(volume => volume.data?.generation !== annotated)
    );
  });
  if (state.meddled && orphan && (record === undefined || record.phase === 'forming')) {
    return 'the record was deleted, and an annotation is all that is left';
  }
  for (const [index, of] of state.generations.entries()) {
    const generation = index + 1;
    const present =
      record?.generation === generation ||
      (record === undefined &&
        ordinals.some(
          at => claimOf(state, at).annotated === generation || volumes[at]?.data?.generation === generation,
        ));
    if (!present) continue;
    const list = membersOf(of);
    const voters = votersOf(list);
    const left = voters.filter(id => {
      const at = list.findIndex(member => member >> 1 === id);
      return !of.destroyed.has(id) && at < replicas;
    });
    if (left.length * 2 <= voters.length && left.length < voters.length)
      return `no quorum of generation ${generation} is left`;
  }
  if (record !== undefined && (record.phase === 'stopping' || record.phase === 'restoring')) {
    const source = volumes[record.source];
    const whole = source?.data !== undefined || (record.next > 0 && source?.staged === record.next);
    if (!whole || record.source >= replicas) return "the restore's source is gone";
  }
  return '';
}

/** Returns whether an open request names a source, so that the state must become good or the request be answered. */
function isPromising(state: State): boolean {
  const { record, request, replicas } = state;
  if (request === undefined || request.member >= replicas || record?.phase === 'forming') return false;
  // Only a forced restore takes over when the source may have archived its data.
  if (record?.phase === 'restoring' && !request.force && record.source !== request.member) return false;
  const closed = (record?.finished ?? 0) | (request.force ? 0 : (record?.refused ?? 0));
  const known = state.claims.some(({ volume }) => has(volume.identity?.finished ?? 0, request.id));
  if (has(closed, request.id) || known || has(state.restored, request.id)) return false;
  return sourceOf(state, request.member, request.archive) !== undefined;
}
