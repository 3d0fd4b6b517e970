import { leaderOf, membersOf, running, votersOf } from './cluster.ts';
import { claimOf, generationOf, kindOf, ordinals, podOf, type State, steps, stray } from './state.ts';

/** Returns which invariant this state breaks, or nothing. What only a step can break, the steps themselves say. */
export function brokenInvariant(state: State): string {
  const members = running(state);
  for (const [index, one] of members.entries()) {
    for (const two of members.slice(index + 1)) {
      if (one.generation === two.generation && one.id === two.id) {
        return `member ID ${one.id} of generation ${one.generation} runs twice, at ordinals ${one.pod.ordinal} and ${two.pod.ordinal}`;
      }
    }
  }
  // What serves on a claim that a person deleted by force is not the set's any more.
  const serving = state.generations
    .map((_, index) => index + 1)
    .filter(generation => leaderOf(state, generation, false) !== undefined);
  if (serving.length > 1) return `generations ${serving.join(' and ')} serve at once`;
  return '';
}

/** Returns whether everything is as it is wanted: each member a voter, nobody else, and the record says so. */
export function isGood(state: State): boolean {
  const { record, replicas } = state;
  if (!state.api) return false;
  if (replicas === 0) return ordinals.every(at => !podOf(state, at).present);
  if (record?.phase !== 'formed' || podOf(state, stray).present) return false;
  const list = membersOf(generationOf(state, record.generation));
  return (
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
 * Returns which documented lost cause the state is, which waits for a person; nothing for a state that has to
 * find its own way. Only what a fault destroyed counts, not what the protocol itself put aside.
 */
export function lostCause(state: State): string {
  const { record, replicas } = state;
  const volumes = ordinals.map(at => claimOf(state, at).volume);
  const kinds = ordinals.map(at => kindOf(claimOf(state, at).volume, at));
  if (kinds.includes('bare')) return 'data without identity';
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
