// A restore request: whether it is open, and the changes of the record's phase that it causes.
import { hasQuorum, running } from './cluster.ts';
import type { Protocol } from './rules.ts';
import { orderOf } from './start.ts';
import {
  bit,
  type ClusterRecord,
  claimOf,
  type Data,
  has,
  newRecord,
  ordinals,
  podOf,
  type State,
  stray,
} from './state.ts';
import type { Emit } from './step.ts';

/** Returns the data that a restore from this ordinal copies. */
export function sourceOf(state: State, at: number, archive: boolean): Data | undefined {
  const { volume } = claimOf(state, at);
  return archive ? volume.archive : volume.data;
}

/** Returns whether the pod of this ordinal takes the request for one that is neither finished nor refused. */
export function isOpen(state: State, at: number, protocol: Protocol): boolean {
  const { record, request } = state;
  if (request === undefined) return false;
  const onRecord = protocol.has('finishedOnRecord') ? (record?.finished ?? 0) : 0;
  const onVolume = protocol.has('finishedOnVolumes')
    ? (claimOf(state, at).volume.identity?.finished ?? 0)
    : 0;
  const refused = request.force ? 0 : (record?.refused ?? 0);
  return !has(onRecord | onVolume | refused, request.id);
}

/** Returns whether a restore from the volume of this pod is requested that is not in progress. */
export function isAsked(state: State, at: number, protocol: Protocol): boolean {
  const { record, request } = state;
  if (request?.member !== at || request.id === record?.restore) return false;
  if (sourceOf(state, at, request.archive) === undefined || !isOpen(state, at, protocol)) return false;
  return record?.phase !== 'restoring' || mayTakeOver(state, record, request.force, protocol);
}

/** Once the source may have archived its data, only the new generation can be what is newest. */
function mayTakeOver(state: State, record: ClusterRecord, force: boolean, protocol: Protocol): boolean {
  if (!protocol.has('takeOver')) return false;
  return force || !protocol.has('keepNewest') || claimOf(state, record.source).annotated !== record.next;
}

/** Emits the step that sets phase `stopping` for a restore from the volume of this pod. */
export function begin(state: State, at: number, who: string, protocol: Protocol, emit: Emit): void {
  const { record, request } = state;
  if (request === undefined) return;
  const early = !protocol.has('fenceAfterStopping');
  if (early && record?.fenced === false) {
    emit(`${who}: writes the fence`, next => {
      if (next.record !== undefined) writeFence(next, next.record, protocol);
    });
    return;
  }
  emit(`${who}: begins restore ${request.id} (stopping)`, next => {
    const { data, identity } = claimOf(next, at).volume;
    if (next.record === undefined) {
      for (const pod of next.pods) pod.sameRecord = false;
      const generation = identity?.generation ?? sourceOf(next, at, request.archive)?.generation;
      next.record = newRecord(generation ?? data?.generation ?? 0, 'stopping', at, 0);
    }
    const serving = running(next, next.record.generation).find(
      member => member.at !== stray && member.at !== at && hasQuorum(next, member),
    );
    if (!request.force && serving !== undefined) {
      next.broken = `unforced restore ${request.id} begins although ordinal ${serving.at} has a quorum`;
    }
    const { fenced, fence } = next.record;
    end(next.record);
    Object.assign(next.record, { phase: 'stopping', restore: request.id, source: at });
    if (early) Object.assign(next.record, { fenced, fence });
  });
}

/** Writes the pods that exist in Kubernetes to the record. */
export function writeFence(state: State, record: ClusterRecord, protocol: Protocol): void {
  record.fenced = true;
  for (const at of ordinals) {
    const listed = at < state.replicas || protocol.has('fenceBeyond');
    if (podOf(state, at).present && listed) record.fence |= bit(at);
  }
}

/** Ends a restore on the record: phase `formed`. */
export function end(record: ClusterRecord): void {
  const none = { restore: 0, source: 0, fenced: false, fence: 0, signed: 0, current: 0, next: 0 };
  Object.assign(record, { phase: 'formed', ...none });
}

/** Emits the step that refuses a request, and ends the restore if it is in progress. */
export function refuse(id: number, label: string, emit: Emit): void {
  emit(label, next => {
    if (next.record === undefined) return;
    next.record.refused |= bit(id);
    if (next.record.restore === id) end(next.record);
  });
}

/** Emits the step that ends a restore that is no longer requested. */
export function withdraw(restore: number, who: string, emit: Emit): void {
  emit(`${who}: restore ${restore} is withdrawn`, next => {
    if (next.record !== undefined) end(next.record);
  });
}

/** Returns whether generation `a` is higher than generation `b`. */
export function isHigher(state: State, a: number, b: number): boolean {
  return a > 0 && b > 0 && orderOf(state, a, b) === 'higher';
}
