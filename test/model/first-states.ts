// The states that a search can begin with.
import {
  bit,
  type Claim,
  claimOf,
  deadClaim,
  emptyVolume,
  founderId,
  generationOf,
  type Members,
  newRecord,
  noPod,
  ordinals,
  type State,
  steps,
} from './state.ts';

/** Returns a set before its first pod exists. */
export function installed(replicas: number, faults: number): State {
  const claim = (): Claim => ({ annotated: 0, volume: emptyVolume() });
  return {
    faults,
    replicas,
    api: true,
    record: undefined,
    request: undefined,
    requests: 0,
    restored: 0,
    alarm: false,
    down: 0,
    archives: false,
    pods: [noPod(0), noPod(1), noPod(2), noPod(0)],
    claims: [claim(), claim(), claim(), claim()],
    shelf: undefined,
    generations: [],
    meddled: false,
    broken: '',
  };
}

/** Returns a set whose members are all voters. */
export function formed(replicas: number, faults: number): State {
  const state = installed(replicas, faults);
  const wanted = ordinals.filter(ordinal => ordinal < replicas);
  const list = ordinals.map(ordinal => (ordinal < replicas ? (ordinal + 1) * 2 + 1 : 0));
  const members: Members = [list[0] ?? 0, list[1] ?? 0, list[2] ?? 0];
  state.generations.push({
    number: 1,
    log: [members],
    ran: new Map(wanted.map(at => [at + 1, 0])),
    destroyed: new Set(),
  });
  state.record = newRecord(1, 'formed', 0, (1 << replicas) - 1);
  for (const at of wanted) {
    state.record.owners |= 1 << at;
    state.pods[at] = { ...noPod(at), present: true, verified: true, step: steps.running };
    state.claims[at] = {
      annotated: 1,
      volume: {
        ...emptyVolume(),
        data: { generation: 1, id: at + 1, log: 0 },
        identity: { generation: 1, id: at + 1, owner: at, finished: 0 },
        joining: at === 0 ? 0 : at + 1,
      },
    };
  }
  return state;
}

/** Returns a set of which only pod 0 runs: the other nodes are down, and their pods were deleted by force. */
export function survived(replicas: number, faults: number): State {
  const state = formed(replicas, faults);
  for (const at of ordinals.filter(ordinal => ordinal > 0 && ordinal < replicas)) {
    state.pods[at] = noPod(at);
    state.down |= bit(at);
  }
  return state;
}

/** Returns a set that was restored from pod 0 while the other nodes were down. */
export function restored(replicas: number, faults: number): State {
  const state = survived(replicas, faults);
  const owners = state.record?.owners ?? 0;
  state.generations.push({
    number: 2,
    log: [[founderId * 2 + 1, 0, 0]],
    ran: new Map([[founderId, 0]]),
    destroyed: new Set(),
  });
  const finished = bit(1);
  state.record = { ...newRecord(2, 'formed', 0, 1), owners, finished };
  state.request = { id: 1, member: 0, archive: false, force: true };
  Object.assign(state, { requests: 1, restored: finished });
  const data = { generation: 2, id: founderId };
  state.claims[0] = {
    annotated: 2,
    volume: { ...emptyVolume(), data: { ...data, log: 0 }, identity: { ...data, owner: 0, finished } },
  };
  return state;
}

/** Returns a set that was restored from pod 0 while the other nodes were down, and then lost that volume. */
export function newestLost(replicas: number, faults: number): State {
  const state = restored(replicas, faults);
  generationOf(state, 2).destroyed.add(founderId);
  if (state.record !== undefined) {
    state.record.owners &= ~1;
    state.record.founder = deadClaim;
  }
  state.claims[0] = { annotated: 0, volume: emptyVolume() };
  state.pods[0] = { ...noPod(0), present: true };
  return state;
}

/** Returns a set that was scaled in while its last pod was the source of a restore that had yet to archive its data. */
export function sourceGone(replicas: number, faults: number): State {
  const state = scaledIn(replicas, faults);
  const source = replicas - 1;
  state.generations.push({ number: 2, log: [[0, 0, 0]], ran: new Map(), destroyed: new Set() });
  for (const pod of state.pods) Object.assign(pod, { step: steps.look, verified: false });
  for (const at of ordinals.filter(ordinal => ordinal > 0 && ordinal < replicas)) state.pods[at] = noPod(at);
  const claim = claimOf(state, source);
  claim.annotated = 2;
  claim.volume.staged = 2;
  if (state.record !== undefined) Object.assign(state.record, { phase: 'restoring', source, next: 2 });
  return state;
}

/** Returns a set whose volume 0 is an old copy, on a new claim, of what it was before the last write. */
export function behind(replicas: number, faults: number): State {
  const state = formed(replicas, faults);
  const { log, destroyed } = generationOf(state, 1);
  log.push(log[0] ?? [0, 0, 0]);
  destroyed.add(1);
  if (state.record !== undefined)
    Object.assign(state.record, { founder: deadClaim, owners: state.record.owners & ~1 });
  for (const at of ordinals.filter(ordinal => ordinal < replicas)) {
    const { data, identity } = claimOf(state, at).volume;
    generationOf(state, 1).ran.set(at + 1, 1);
    if (data !== undefined && at > 0) data.log = 1;
    if (identity !== undefined && at === 0) identity.owner = deadClaim;
  }
  state.pods[0] = { ...noPod(0), present: true };
  return state;
}

/** Returns a set that was restored to generation 2, whose volume 0 is a copy of what it was in generation 1. */
export function older(replicas: number, faults: number): State {
  const state = behind(replicas, faults);
  const first = generationOf(state, 1);
  state.generations.push({ ...first, number: 2, log: [...first.log], ran: new Map(first.ran) });
  if (state.record !== undefined) state.record.generation = 2;
  for (const at of ordinals.filter(ordinal => ordinal > 0 && ordinal < replicas)) {
    const claim = claimOf(state, at);
    claim.annotated = 2;
    for (const held of [claim.volume.data, claim.volume.identity])
      if (held !== undefined) held.generation = 2;
  }
  return state;
}

/** Returns a set that was scaled to one: the other pods are leaving, and pod 0 starts again. */
export function scaledIn(replicas: number, faults: number): State {
  const state = formed(replicas, faults);
  state.replicas = 1;
  for (const pod of state.pods) pod.leaving = pod.present && pod.ordinal > 0;
  state.pods[0] = { ...noPod(0), present: true };
  return state;
}

/** Returns a set whose last member is a learner. */
export function joining(replicas: number, faults: number): State {
  const state = formed(replicas, faults);
  const { log } = generationOf(state, 1);
  const [first, second, third] = log[0] ?? [0, 0, 0];
  log[0] = replicas === 3 ? [first, second, third & ~1] : [first, second & ~1, third];
  if (state.record !== undefined) state.record.voters &= ~bit(replicas - 1);
  return state;
}
