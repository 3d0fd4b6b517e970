import { type Api, apiOf } from './api.ts';
import { membersSeenBy, podsOf, type SetReference } from './members.ts';
import {
  type Claim,
  type ConfigMap,
  type ContainerStatus,
  type Event,
  isReady,
  type List,
  type Pod,
  podTrouble,
  type StatefulSet,
} from './objects.ts';

const LOG_LINES = 40;
const EVENTS = 40;

/**
 * Everything about a set that helps to find out why it is not healthy: set, record, pods, claims, events, the
 * last log lines of every container (of a restarted one also its former run) and each member's list.
 * Never throws: what cannot be had is named in its place.
 */
export async function describeSet(reference: SetReference): Promise<string> {
  const { cluster, namespace, set } = reference;
  try {
    const api = await apiOf(cluster);
    const core = `/api/v1/namespaces/${namespace}`;
    const pods = await podsOf(reference);
    const sections = await Promise.all([
      section(`StatefulSet ${namespace}/${set}`, () =>
        describeStatefulSet(api, `/apis/apps/v1/namespaces/${namespace}/statefulsets/${set}`),
      ),
      section(`record ${set}-cluster`, () => describeRecord(api, `${core}/configmaps/${set}-cluster`)),
      section('pods', async () => pods.map(describePod).join('\n') || '(none)'),
      section('claims', () => describeClaims(api, core)),
      section(`last ${EVENTS} events`, () => describeEvents(api, core)),
      ...pods.map(pod =>
        section(`member list by ${pod.metadata.name}`, () => describeMembers(reference, pod.metadata.name)),
      ),
      ...pods.flatMap(pod =>
        (pod.status.containerStatuses ?? []).map(status => describeLog(api, core, pod, status)),
      ),
    ]);
    return sections.join('\n');
  } catch (error) {
    return `(no state of ${namespace}/${set}: ${String(error)})`;
  }
}

async function section(title: string, read: () => Promise<string>): Promise<string> {
  const content = await read().catch(error => `(${String(error)})`);
  return `--- ${title}\n${content}`;
}

async function describeStatefulSet(api: Api, path: string): Promise<string> {
  const { spec, status } = await api.json<StatefulSet>('GET', path);
  return `replicas ${spec.replicas}, status ${JSON.stringify(status)}`;
}

async function describeRecord(api: Api, path: string): Promise<string> {
  const record = await api.find<ConfigMap>(path);
  if (!record) return '(none)';
  const owners = record.metadata.ownerReferences?.map(({ kind, name }) => `${kind}/${name}`) ?? [];
  return `${JSON.stringify(record.data)} owned by ${owners.join(', ') || 'nobody'}`;
}

function describePod(pod: Pod): string {
  const restarts = (pod.status.containerStatuses ?? []).map(({ name, restartCount, lastState }) => {
    const last = lastState?.terminated;
    return `${name} restarts ${restartCount}${last ? ` (last exit ${last.exitCode} ${last.reason ?? ''})` : ''}`;
  });
  const state = isReady(pod) ? `${pod.metadata.name} is Ready` : podTrouble(pod);
  return `${state} on ${pod.spec.nodeName ?? 'no node'}; ${restarts.join(', ')}`;
}

async function describeClaims(api: Api, core: string): Promise<string> {
  const { items } = await api.json<List<Claim>>('GET', `${core}/persistentvolumeclaims`);
  const lines = items.map(({ metadata, spec, status }) => {
    const generation = metadata.annotations?.['etcd-chart/generation'] ?? 'no generation';
    return `${metadata.name} ${status.phase}, class ${spec.storageClassName ?? '(default)'}, ${generation}`;
  });
  return lines.join('\n') || '(none)';
}

async function describeEvents(api: Api, core: string): Promise<string> {
  const { items } = await api.json<List<Event>>('GET', `${core}/events`);
  const at = (event: Event): string =>
    event.series?.lastObservedTime ??
    event.lastTimestamp ??
    event.eventTime ??
    event.metadata.creationTimestamp ??
    '';
  const lines = items
    .sort((a, b) => at(a).localeCompare(at(b)))
    .slice(-EVENTS)
    .map(event => {
      const { kind, name } = event.involvedObject;
      return `${at(event)} ${event.type} ${kind}/${name} ${event.reason}: ${event.message}`;
    });
  return lines.join('\n') || '(none)';
}

async function describeMembers(reference: SetReference, pod: string): Promise<string> {
  const list = await membersSeenBy(reference, pod);
  return list
    .map(({ name, id, learner }) => `${id} ${name || '(unstarted)'} ${learner ? 'learner' : 'voter'}`)
    .join('\n');
}

async function describeLog(api: Api, core: string, pod: Pod, status: ContainerStatus): Promise<string> {
  const { name } = pod.metadata;
  const path = `${core}/pods/${name}/log?container=${status.name}&tailLines=${LOG_LINES}`;
  const parts = [await section(`log of ${name} ${status.name}`, () => api.text('GET', path))];
  if (status.restartCount > 0) {
    parts.unshift(
      await section(`log of ${name} ${status.name} before its restart`, () =>
        api.text('GET', `${path}&previous=true`),
      ),
    );
  }
  return parts.join('\n');
}
