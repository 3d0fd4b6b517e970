// The keeper: the record, promotion and tidying.
import { acknowledge, leaderOf, maySpare, membersOf, running, voterOrdinals, withMember } from './cluster.ts';
import { isReady } from './peers.ts';
import { watchRestore } from './restore.ts';
import type { Protocol } from './rules.ts';
import { addOwner } from './start.ts';
import { bit, claimOf, generationOf, has, newRecord, ordinals, podOf, type State, stray } from './state.ts';
import type { Emit } from './step.ts';

/** Emits what the keeper of this pod may do next. */
export function keeperSteps(state: State, at: number, protocol: Protocol, emit: Emit): void {
  const own = running(state).find(member => member.at === at);
  if (own === undefined || !state.api || own.pod.leaving || at === stray) return;
  const { generation } = own;
  const { record } = state;
  const list = membersOf(generationOf(state, generation));
  const finished = claimOf(state, at).volume.identity?.finished ?? 0;
  watchRestore(state, at, protocol, emit);
  if (isReady(state, own, protocol)) {
    if (record === undefined) {
      if (protocol.has('rewriteRecord')) {
        emit(`keeper ${at}: writes the missing record again`, next => {
          next.record = {
            ...newRecord(generation, 'formed', at, voterOrdinals(list)),
            finished: protocol.has('finishedOnVolumes') ? finished : 0,
          };
        });
      }
    } else if (record.generation === generation) {
      if (record.phase === 'forming' && record.founder === at) {
        emit(`keeper ${at}: phase formed`, next => {
          if (next.record !== undefined) next.record.phase = 'formed';
        });
      } else if ((record.owners & (1 << at)) === 0 && protocol.has('reown')) {
        emit(`keeper ${at}: owns the record again`, next => {
          if (next.record !== undefined) addOwner(next.record, at);
        });
      }
    }
    recordVoters(state, at, generation, emit);
    if (state.replicas > 0 || !protocol.has('neverLeaveAtZero')) tidy(state, at, generation, protocol, emit);
    return;
  }
  const entry = list[own.pod.ordinal] ?? 0;
  const leader = leaderOf(state, generation);
  const learner = entry >> 1 === own.id && (entry & 1) === 0;
  const wanted = own.pod.ordinal < state.replicas || !protocol.has('promoteOnlyWanted');
  if (!learner || leader === undefined || !wanted) return;
  const known = record?.generation === generation && has(record.voters, own.pod.ordinal);
  if (!known && protocol.has('recordFirst')) {
    if (record?.generation !== generation || record.phase !== 'formed') return;
    emit(`keeper ${at}: puts its learner on the record`, next => {
      if (next.record === undefined) return;
      next.record.voters |= bit(own.pod.ordinal);
      next.record.learners |= bit(own.pod.ordinal);
    });
  } else {
    emit(`keeper ${at}: its learner ${own.id} becomes a voter`, next =>
      acknowledge(next, generation, withMember(list, own.pod.ordinal, own.id * 2 + 1)),
    );
  }
}

/** The list on the record follows the members; a listed learner that is on the record is about to vote. */
function recordVoters(state: State, at: number, generation: number, emit: Emit): void {
  const { record } = state;
  if (record?.generation !== generation || record.phase !== 'formed') return;
  const list = membersOf(generationOf(state, generation));
  const known = ordinals.filter(ordinal => (list[ordinal] ?? 0) > 0 && has(record.voters, ordinal));
  const voters = known.reduce((set: number, ordinal) => set | bit(ordinal), voterOrdinals(list));
  const learners = voters & ~voterOrdinals(list);
  if (voters === record.voters && learners === record.learners) return;
  emit(`keeper ${at}: updates the voters on the record`, next => {
    if (next.record !== undefined) Object.assign(next.record, { voters, learners });
  });
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
    emit(`keeper ${at}: removes member ${entry >> 1} of ordinal ${ordinal}`, next =>
      acknowledge(next, generation, withMember(list, ordinal, 0)),
    );
  }
}
