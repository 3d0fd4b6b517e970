// The source's decision, after every pod in the fence has signed: does a restore that is not forced go on?
import { membersOf, votersOf } from './cluster.ts';
import { isHigher, sourceOf } from './request.ts';
import type { Protocol } from './rules.ts';
import {
  bit,
  type ClusterRecord,
  claimOf,
  type Data,
  generationOf,
  has,
  kindOf,
  ordinals,
  type Request,
  type State,
  sizeOf,
} from './state.ts';

/** Returns the identified data that a pod of this ordinal signed. */
function signedBy(state: State, record: ClusterRecord, at: number): Data | undefined {
  const { volume } = claimOf(state, at);
  return has(record.signed, at) && kindOf(volume, at) !== 'unidentified' ? volume.data : undefined;
}

/** Returns why a restore that is not forced is refused, or nothing. */
export function refusalOf(state: State, record: ClusterRecord, request: Request, protocol: Protocol): string {
  if (protocol.has('wholeQuorum') && holdersAreQuorum(state, record, protocol)) {
    return 'a quorum of the voters has its data';
  }
  const at = record.source;
  const { volume } = claimOf(state, at);
  const source = sourceOf(state, at, request.archive);
  const known = request.archive || kindOf(volume, at) !== 'unidentified' ? (source?.generation ?? 0) : 0;
  for (const other of ordinals) {
    const signed = signedBy(state, record, other);
    const { annotated } = claimOf(state, other);
    const newer = [signed?.generation ?? 0, other === at ? 0 : annotated];
    if (newer.some(seen => isHigher(state, seen, known)) && protocol.has('refuseOlder')) {
      return `there is data of a newer generation at ordinal ${other}`;
    }
    const ahead = signed?.generation === known && signed.log > (source?.log ?? 0);
    if (ahead && protocol.has('refuseBehind')) return `the data of ordinal ${other} is newer`;
    if (known === 0 && signed !== undefined && protocol.has('refuseUnidentified')) {
      return `ordinal ${other} has identified data`;
    }
    const voter = record.voters === 0 || has(record.voters, other);
    const unread = other !== at && voter && !has(record.signed, other) && annotated > 0;
    if (unread && (known === 0 || annotated === known) && protocol.has('refuseUnread')) {
      return `the data of ordinal ${other} was not read`;
    }
  }
  return '';
}

function holdersAreQuorum(state: State, record: ClusterRecord, protocol: Protocol): boolean {
  const holders = ordinals.filter(at => {
    if (at >= state.replicas && !protocol.has('countBeyond')) return false;
    if (!has(record.signed, at)) {
      return protocol.has('countClaims') && claimOf(state, at).annotated === record.generation;
    }
    const own = kindOf(claimOf(state, at).volume, at) === 'own';
    return own && signedBy(state, record, at)?.generation === record.generation;
  });
  if (record.voters === 0) return holders.length > 0 && protocol.has('votersUnknown');
  const isQuorumOf = (voters: number): boolean =>
    holders.filter(at => has(voters, at)).length * 2 > sizeOf(voters);
  const voting = record.voters & ~record.learners;
  return isQuorumOf(record.voters) || (protocol.has('markLearner') && isQuorumOf(voting));
}

/** Returns whether the voters of a generation could start as they are and be a quorum, wherever their volumes are. */
export function isWhole(state: State, generation: number): boolean {
  const of = generationOf(state, generation);
  const voters = votersOf(membersOf(of));
  const whole = ordinals.reduce((set: number, at) => {
    const { volume } = claimOf(state, at);
    const { data } = volume;
    const startable = kindOf(volume, at) === 'own' && data?.generation === generation;
    return startable && voters.includes(data.id) ? set | bit(at) : set;
  }, 0);
  return sizeOf(whole) * 2 > voters.length;
}

/** Returns what is wrong with a restore that goes on without force, or nothing. */
export function wrongDecision(state: State, record: ClusterRecord, request: Request): string {
  const source = sourceOf(state, record.source, request.archive);
  if (source === undefined) return '';
  const own = ordinals.flatMap(at => {
    const { volume } = claimOf(state, at);
    return kindOf(volume, at) === 'own' && volume.data !== undefined ? [{ at, ...volume.data }] : [];
  });
  const newest = own.reduce(
    (so, { generation }) => (isHigher(state, generation, so) ? generation : so),
    record.generation,
  );
  if (isWhole(state, newest)) {
    return `unforced restore ${request.id} goes on although the volumes of a quorum of generation ${newest} are whole`;
  }
  const ahead = own.find(({ generation, id, log }) => {
    if (!votersOf(membersOf(generationOf(state, generation))).includes(id)) return false;
    return (
      isHigher(state, generation, source.generation) || (generation === source.generation && log > source.log)
    );
  });
  if (ahead === undefined) return '';
  return `unforced restore ${request.id} goes on from a source that is behind the volume of ${ahead.at}`;
}
