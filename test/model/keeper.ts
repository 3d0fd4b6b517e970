// The keeper: the record, promotion and tidying.
import { acknowledge, isReady, leaderOf, maySpare, membersOf, running, withMember } from './cluster.ts';
import { heedRestore } from './restore.ts';
import type { Protocol } from './rules.ts';
import { addOwner } from './start.ts';
import { claimOf, generationOf, newRecord, ordinals, podOf, type State, stray } from './state.ts';
import type { Emit } from './step.ts';

/** Emits what the keeper of this pod may do next. */
export function keeperSteps(state: State, at: number, protocol: Protocol, emit: Emit): void {
  const own = running(state).find(member => member.at === at);
  if (own === undefined || !state.api || own.pod.leaving || at === stray) return;
  const { generation } = own;
  const { record } = state;
  const list = membersOf(generationOf(state, generation));
  const finished = claimOf(state, at).volume.identity?.finished ?? 0;
  heedRestore(state, at, protocol, emit);
  if (isReady(state, own)) {
    if (record === undefined) {
      if (protocol.has('rewriteRecord')) {
        emit(`keeper ${at}: writes the missing record again`, next => {
          next.record = {
            ...newRecord(generation, 'formed', at),
            finished: protocol.has('finishedOnVolumes') ? finished : 0,
          };
        });
      }
    } else if (record.generation === generation) {
      if (record.phase === 'forming' && record.founder === at) {
        emit(`keeper ${at}: the record says formed`, next => {
          if (next.record !== undefined) next.record.phase = 'formed';
        });
      } else if ((record.owners & (1 << at)) === 0 && protocol.has('reown')) {
        emit(`keeper ${at}: owns the record again`, next => {
          if (next.record !== undefined) addOwner(next.record, at);
        });
      }
    }
    if (state.replicas > 0 || !protocol.has('neverLeaveAtZero')) tidy(state, at, generation, protocol, emit);
    return;
  }
  const entry = list[own.pod.ordinal] ?? 0;
  const leader = leaderOf(state, generation);
  const learner = entry >> 1 === own.id && (entry & 1) === 0;
  const wanted = own.pod.ordinal < state.replicas || !protocol.has('promoteOnlyWanted');
  if (learner && leader !== undefined && wanted) {
    emit(`keeper ${at}: its learner ${own.id} becomes a voter`, next =>
      acknowledge(next, generation, withMember(list, own.pod.ordinal, own.id * 2 + 1)),
    );
  }
}

function tidy(state: State, at: number, generation: number, protocol: Protocol, emit: Emit): void {
  const of = generationOf(state, generation);
  const list = membersOf(of);
  for (const ordinal of ordinals) {
    const entry = list[ordinal] ?? 0;
    if (entry === 0 || ordinal === at) continue;
    const unwanted = ordinal >= state.replicas && protocol.has('tidy');
    const neverStarted = (entry & 1) === 0 && !of.ran.has(entry >> 1);
    if (!unwanted && !neverStarted) continue;
    if (podOf(state, ordinal).present && protocol.has('tidyOnlyGone')) continue;
    if ((entry & 1) === 1 && !maySpare(state, generation, entry >> 1)) continue;
    emit(`keeper ${at}: tidies member ${entry >> 1} of ordinal ${ordinal}`, next =>
      acknowledge(next, generation, withMember(list, ordinal, 0)),
    );
  }
}
