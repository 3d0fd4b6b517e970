// etcd: the leader, what is acknowledged, and which changes of the member list it accepts. Messages and elections take
// no time: every running member has what a quorum agreed on.
import {
  type Data,
  type Generation,
  generationOf,
  type Members,
  noLog,
  ordinals,
  type Pod,
  podOf,
  type State,
  steps,
  stray,
} from './state.ts';

/** One running etcd. */
export interface Running extends Data {
  pod: Pod;
  at: number;
}

/** Returns every etcd that runs on data of that generation; 0 means any. */
export function running(state: State, generation = 0): Running[] {
  const found: Running[] = [];
  for (let at = 0; at <= stray; at++) {
    const pod = podOf(state, at);
    const data = state.claims[at]?.volume.data;
    if (pod.present && pod.step === steps.running && data !== undefined) {
      if (generation === 0 || data.generation === generation) found.push({ pod, at, ...data });
    }
  }
  return found;
}

/** Returns the ordinal that an ID is listed for, or -1. */
export function placeOf(members: Members, id: number): number {
  return ordinals.find(at => (members[at] ?? 0) >> 1 === id) ?? -1;
}

/** Returns the IDs of a list's voters. */
export function votersOf(members: Members): number[] {
  return members.filter(member => (member & 1) === 1).map(member => member >> 1);
}

/** Returns the member list that a quorum agreed on last. */
export function membersOf(generation: Generation): Members {
  return generation.log[generation.log.length - 1] ?? [0, 0, 0];
}

/**
 * Returns who can lead the generation: a voter by its own list, with at least as much log as each of a majority of
 * that list's voters. Returns nothing without a quorum. `strayVotes` counts the stray pod too.
 */
export function leaderOf(state: State, generation: number, strayVotes = true): Running | undefined {
  const { log } = generationOf(state, generation);
  const members = running(state, generation).filter(({ at }) => strayVotes || at !== stray);
  let leader: Running | undefined;
  for (const candidate of members) {
    const voters = votersOf(log[candidate.log] ?? [0, 0, 0]);
    if (!voters.includes(candidate.id)) continue;
    const votes = voters.filter(id => members.some(voter => voter.id === id && voter.log <= candidate.log));
    // The one with the least log shows best what a wrong start would lose.
    if (votes.length * 2 > voters.length && (leader === undefined || candidate.log < leader.log))
      leader = candidate;
  }
  return leader;
}

/** Returns whether a member is a voter in a cluster with a quorum. Alarms do not matter. */
export function hasQuorum(state: State, member: Running): boolean {
  if (leaderOf(state, member.generation) === undefined) return false;
  return votersOf(membersOf(generationOf(state, member.generation))).includes(member.id);
}

/** A quorum acknowledges: a write, or another member list. */
export function acknowledge(state: State, generation: number, members?: Members): void {
  const of = generationOf(state, generation);
  of.log.push(members ?? membersOf(of));
  replicate(state, generation);
}

function replicate(state: State, generation: number): void {
  const of = generationOf(state, generation);
  const list = membersOf(of);
  const before = of.log[of.log.length - 2] ?? list;
  for (const { at, id } of running(state, generation)) {
    // A member that was removed just now has still seen its own removal.
    if (placeOf(list, id) < 0 && placeOf(before, id) < 0) continue;
    const data = state.claims[at]?.volume.data;
    if (data !== undefined) data.log = of.log.length - 1;
    of.ran.set(id, of.log.length - 1);
  }
}

/** Lets every cluster elect and replicate. Fills `broken` when that loses what was acknowledged. */
export function settle(state: State): void {
  for (let generation = 1; generation <= state.generations.length; generation++) {
    const leader = leaderOf(state, generation);
    if (leader === undefined) continue;
    const last = generationOf(state, generation).log.length - 1;
    if (leader.log < last) {
      state.broken = `acknowledged writes are lost: member ${leader.id} at ordinal ${leader.pod.ordinal} leads generation ${generation} with an older log`;
      return;
    }
    replicate(state, generation);
  }
}

/** Returns whether etcd would remove this voter: it needs a connected majority of those that stay. */
export function maySpare(state: State, generation: number, id: number): boolean {
  const rest = votersOf(membersOf(generationOf(state, generation))).filter(voter => voter !== id);
  const alive = running(state, generation).filter(member => rest.includes(member.id));
  return rest.length > 0 && new Set(alive.map(member => member.id)).size * 2 > rest.length;
}

/** Returns the ordinals of the voters. */
export function voterOrdinals(members: Members): number {
  return ordinals.reduce((set: number, at) => (((members[at] ?? 0) & 1) === 1 ? set | (1 << at) : set), 0);
}

/** Returns the list with one ordinal's entry changed. */
export function withMember(members: Members, at: number, entry: number): Members {
  return [at === 0 ? entry : members[0], at === 1 ? entry : members[1], at === 2 ? entry : members[2]];
}

/** Returns an ID that nothing in the state has. */
export function newId(state: State, generation: number): number {
  const of = generationOf(state, generation);
  let highest = 1;
  const see = (id: number): void => {
    highest = Math.max(highest, id);
  };
  for (const members of of.log) for (const member of members) see(member >> 1);
  for (const id of of.ran.keys()) see(id);
  for (const id of of.destroyed) see(id);
  for (const { volume } of [
    ...state.claims,
    ...(state.shelf === undefined ? [] : [{ volume: state.shelf }]),
  ]) {
    if (volume.data?.generation === generation) see(volume.data.id);
    if (volume.identity?.generation === generation) see(volume.identity.id);
    if (volume.archive?.generation === generation) see(volume.archive.id);
    see(volume.joining);
  }
  for (const pod of state.pods) see(pod.id);
  return highest + 1;
}

/** Drops the positions of each log that nothing holds, and what is known of IDs that are gone. */
export function compact(state: State): void {
  forgetGenerations(state);
  const volumes = state.claims.map(({ volume }) => volume);
  if (state.shelf !== undefined) volumes.push(state.shelf);
  for (const [index, of] of state.generations.entries()) {
    const held = volumes.flatMap(({ data, archive }) =>
      [data, archive].flatMap(of => (of?.generation === index + 1 ? [of] : [])),
    );
    const list = membersOf(of);
    const known = (id: number): boolean => placeOf(list, id) >= 0 || held.some(data => data.id === id);
    for (const id of of.ran.keys()) if (!known(id)) of.ran.delete(id);
    for (const id of of.destroyed) if (placeOf(list, id) < 0) of.destroyed.delete(id);
    const used = new Set([of.log.length - 1, ...held.map(({ log }) => log), ...of.ran.values()]);
    used.delete(noLog);
    if (used.size === of.log.length) continue;
    const kept = [...used].sort((a, b) => a - b);
    of.log = kept.map(position => of.log[position] ?? [0, 0, 0]);
    for (const data of held) data.log = kept.indexOf(data.log);
    for (const [id, log] of of.ran) of.ran.set(id, kept.indexOf(log));
  }
}

/** Drops the generations that nothing names, so that repeated bootstraps lead to no new states. */
function forgetGenerations(state: State): void {
  const volumes = state.claims.map(({ volume }) => volume);
  if (state.shelf !== undefined) volumes.push(state.shelf);
  const named = new Set([0, state.record?.generation, state.record?.next]);
  for (const { annotated } of state.claims) named.add(annotated);
  for (const { seen } of state.pods) named.add(seen);
  for (const { data, identity, archive, staged, partial } of volumes) {
    named.add(data?.generation).add(identity?.generation).add(archive?.generation);
    named.add(staged).add(partial);
  }
  const kept = [0, ...state.generations.map((_, index) => index + 1)].filter(generation =>
    named.has(generation),
  );
  if (kept.length > state.generations.length) return;
  state.generations = kept.slice(1).map(generation => generationOf(state, generation));
  const renamed = (generation: number): number => kept.indexOf(generation);
  if (state.record !== undefined) {
    state.record.generation = renamed(state.record.generation);
    state.record.next = renamed(state.record.next);
  }
  for (const claim of state.claims) claim.annotated = renamed(claim.annotated);
  for (const pod of state.pods) pod.seen = renamed(pod.seen);
  for (const volume of volumes) {
    if (volume.data !== undefined) volume.data.generation = renamed(volume.data.generation);
    if (volume.identity !== undefined) volume.identity.generation = renamed(volume.identity.generation);
    if (volume.archive !== undefined) volume.archive.generation = renamed(volume.archive.generation);
    volume.staged = renamed(volume.staged);
    volume.partial = renamed(volume.partial);
  }
}
