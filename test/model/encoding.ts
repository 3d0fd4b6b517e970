import { claimOf, deadClaim, founderId, phases, podOf, type State, stray, type Volume } from './state.ts';

/**
 * Returns the state as a short string. States that differ only in the names of IDs have the same string and, if
 * `symmetric`, so do states that differ only in which of ordinals 1 and 2 is which.
 */
export function encode(state: State, symmetric: boolean): string {
  const key = encodeAs(state, [0, 1, 2]);
  if (!symmetric) return key;
  const other = encodeAs(state, [0, 2, 1]);
  return key < other ? key : other;
}

function encodeAs(state: State, order: readonly [number, number, number]): string {
  const out: number[] = [];
  const names: Map<number, number>[] = state.generations.map(() => new Map([[founderId, founderId]]));
  const place = (at: number): number => (at < stray ? (order[at] ?? at) : at);
  const bits = (mask: number): number =>
    order[1] === 1 ? mask : (mask & 1) | ((mask & 2) << 1) | ((mask & 4) >> 1);
  const name = (generation: number, id: number): number => {
    if (id === 0) return 0;
    const known = names[generation - 1];
    if (known === undefined) return id;
    let given = known.get(id);
    if (given === undefined) {
      given = known.size + 1;
      known.set(id, given);
    }
    return given;
  };
  const volume = ({ data, identity, joining, staged, stagedFinished, partial, archive }: Volume): void => {
    if (data === undefined) out.push(0);
    else out.push(data.generation, name(data.generation, data.id), data.log + 1);
    if (identity === undefined) out.push(0);
    else {
      const { generation, id, owner, finished } = identity;
      out.push(generation, name(generation, id), owner === deadClaim ? owner : place(owner), finished);
    }
    out.push(joining === 0 ? 0 : name(identity?.generation ?? 1, joining), staged, stagedFinished, partial);
    if (archive === undefined) out.push(0);
    else out.push(archive.generation, name(archive.generation, archive.id), archive.log + 1);
  };

  out.push(
    state.faults,
    state.replicas,
    (state.api ? 1 : 0) + (state.meddled ? 2 : 0) + (state.alarm ? 4 : 0),
    bits(state.down),
    state.requests,
    state.restored,
  );
  for (const [index, generation] of state.generations.entries()) {
    out.push(generation.number, generation.log.length);
    for (const members of generation.log) {
      for (const at of order) {
        const member = members[at] ?? 0;
        out.push(name(index + 1, member >> 1) * 2 + (member & 1));
      }
    }
  }
  for (const at of [...order, stray]) {
    const pod = podOf(state, at);
    if (!pod.present) out.push(0);
    else {
      const flags = 1 + (pod.leaving ? 2 : 0) + (pod.verified ? 4 : 0) + (pod.sameRecord ? 8 : 0);
      out.push(flags, pod.step, pod.seen, name(pod.seen, pod.id));
      if (at === stray) out.push(place(pod.ordinal));
    }
    if (at === stray && !pod.present) continue;
    const claim = claimOf(state, at);
    out.push(claim.annotated);
    volume(claim.volume);
  }
  const { record, request, shelf } = state;
  if (record === undefined) out.push(0);
  else {
    out.push(1 + phases.indexOf(record.phase), record.generation, place(record.founder), bits(record.owners));
    out.push((record.kept ? 1 : 0) + (record.besideData ? 2 : 0) + (record.fenced ? 4 : 0));
    out.push(
      bits(record.voters),
      bits(record.learners),
      record.finished,
      record.refused,
      record.restore,
      place(record.source),
    );
    out.push(bits(record.fence), bits(record.signed), bits(record.current), record.next);
  }
  if (request === undefined) out.push(0);
  else out.push(request.id, place(request.member), (request.archive ? 1 : 0) + (request.force ? 2 : 0));
  if (shelf === undefined) out.push(0);
  else {
    out.push(1);
    volume(shelf);
  }
  for (const [index, { ran, destroyed }] of state.generations.entries()) {
    const seen = [...ran].map(([id, log]) => name(index + 1, id) * 16 + log + 1).sort((a, b) => a - b);
    const gone = [...destroyed].map(id => name(index + 1, id)).sort((a, b) => a - b);
    out.push(seen.length, ...seen, gone.length, ...gone);
  }
  return String.fromCharCode(...out);
}
