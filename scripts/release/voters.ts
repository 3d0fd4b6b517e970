import { setTimeout as sleep } from 'node:timers/promises';
import { apiOf } from './api.ts';
import {
  type Member,
  memberStatus,
  membersSeenBy,
  podsOf,
  type SetReference,
  writeThrough,
} from './members.ts';
import { isReady, podTrouble, type StatefulSet } from './objects.ts';
import { describeSet } from './state.ts';

export interface WaitOptions extends SetReference {
  /** How many voters there shall be; 0 waits until no pod is left. */
  count: number;
  /** Milliseconds. */
  timeout: number;
}

/** What is still missing for health, in words; thrown to end one look. */
class Unhealthy extends Error {}

/**
 * Waits until the set is healthy: the newest revision rolled out, its pods Ready, the member list exactly
 * these pods, all voters of one cluster, and each takes a write through its own endpoint.
 * Returns the members by ordinal. At the deadline throws an Error with what is missing and the set's state.
 */
export async function waitForVoters(options: WaitOptions): Promise<Member[]> {
  const end = performance.now() + options.timeout;
  for (;;) {
    let problem: string;
    try {
      return await look(options);
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() > end) {
      const { namespace, set, count, timeout } = options;
      throw new Error(
        `${namespace}/${set} does not have ${count} healthy voters after ${timeout / 1000} s: ${problem}\n${await describeSet(options)}`,
      );
    }
    await sleep(150);
  }
}

async function look(options: WaitOptions): Promise<Member[]> {
  const { cluster, namespace, set, count } = options;
  const api = await apiOf(cluster);
  const statefulSet = await api.json<StatefulSet>(
    'GET',
    `/apis/apps/v1/namespaces/${namespace}/statefulsets/${set}`,
  );
  const { observedGeneration = 0, updateRevision } = statefulSet.status;
  if (observedGeneration < (statefulSet.metadata.generation ?? 0)) {
    throw new Unhealthy('Kubernetes has not seen the last change of the StatefulSet yet');
  }
  const pods = await podsOf(options);
  const wanted = Array.from({ length: count }, (_, i) => `${set}-${i}`);
  const found = pods.map(({ metadata }) => metadata.name);
  if (found.join() !== wanted.join()) {
    throw new Unhealthy(
      `there are the pods ${found.join(', ') || '(none)'}, not ${wanted.join(', ') || '(none)'}`,
    );
  }
  if (count === 0) return [];
  const troubled = pods.filter(pod => !isReady(pod));
  if (troubled.length > 0) throw new Unhealthy(troubled.map(podTrouble).join('; '));
  if (statefulSet.spec.updateStrategy?.type !== 'OnDelete') {
    const old = pods.filter(
      ({ metadata }) => metadata.labels?.['controller-revision-hash'] !== updateRevision,
    );
    if (old.length > 0) {
      throw new Unhealthy(`${old.map(({ metadata }) => metadata.name).join(', ')} not updated yet`);
    }
  }
  return agreeOnMembers(options, wanted);
}

async function agreeOnMembers(reference: SetReference, pods: readonly string[]): Promise<Member[]> {
  const lists = await Promise.all(pods.map(pod => membersSeenBy(reference, pod)));
  for (const [index, members] of lists.entries()) {
    const listed = members.map(
      ({ name, id, learner }) => `${name || '(unstarted)'} ${id}${learner ? ' learner' : ''}`,
    );
    if (members.map(({ name }) => name).join() !== pods.join() || members.some(({ learner }) => learner)) {
      throw new Unhealthy(`the member list in ${pods[index]} says ${listed.join(', ')}`);
    }
  }
  const statuses = await Promise.all(pods.map(pod => memberStatus(reference, pod)));
  const clusters = new Set(statuses.map(({ clusterId }) => clusterId));
  if (clusters.size > 1)
    throw new Unhealthy(`the members belong to several clusters: ${[...clusters].join(', ')}`);
  await Promise.all(pods.map(pod => writeThrough(reference, pod)));
  return lists[0] ?? [];
}
