import type { Header } from '../client/gateway.ts';
import type { Access } from '../cluster/kubectl.ts';
import { type Api, apiOf } from './api.ts';
import type { List, Pod } from './objects.ts';

/** The StatefulSet of a release: where it is and what it is called. */
export interface SetReference {
  cluster: Access;
  namespace: string;
  set: string;
}

/** One entry of etcd's member list. */
export interface Member {
  name: string;
  /** In etcd's hexadecimal form. */
  id: string;
  learner: boolean;
  peerUrls: readonly string[];
  clientUrls: readonly string[];
}

/** A member's own view of itself and its cluster. */
export interface MemberStatus {
  memberId: string;
  clusterId: string;
  leaderId: string;
  revision: bigint;
  version: string;
}

/** The pods of a StatefulSet by ordinal, also those that are being deleted. Throws as the API does. */
export async function podsOf({ cluster, namespace, set }: SetReference): Promise<Pod[]> {
  const api = await apiOf(cluster);
  const { items } = await api.json<List<Pod>>('GET', `/api/v1/namespaces/${namespace}/pods`);
  return items
    .filter(({ metadata }) =>
      metadata.ownerReferences?.some(owner => owner.kind === 'StatefulSet' && owner.name === set),
    )
    .sort((a, b) => ordinal(a.metadata.name) - ordinal(b.metadata.name));
}

const ordinal = (pod: string): number => Number(pod.slice(pod.lastIndexOf('-') + 1));

/** One call to the etcd in a pod, by way of the API server. Throws as the API does. */
export async function callPod<T>(
  api: Api,
  namespace: string,
  pod: string,
  path: string,
  body: unknown = {},
  timeout = 3000,
): Promise<T> {
  return api.json<T>('POST', `/api/v1/namespaces/${namespace}/pods/${pod}:2379/proxy${path}`, {
    body,
    timeout,
  });
}

/** etcd's 64-bit IDs as its own tools print them. */
const hex = (decimal: string | undefined): string => BigInt(decimal ?? 0).toString(16);

interface ListedMember {
  ID: string;
  name?: string;
  isLearner?: boolean;
  peerURLs?: string[];
  clientURLs?: string[];
}

/** The member list as a quorum knows it, asked of one pod. Throws as the API does, also without a quorum. */
export async function membersSeenBy({ cluster, namespace }: SetReference, pod: string): Promise<Member[]> {
  const api = await apiOf(cluster);
  const path = '/v3/cluster/member/list';
  const { members = [] } = await callPod<{ members?: ListedMember[] }>(api, namespace, pod, path, {
    linearizable: true,
  });
  return members
    .map(member => ({
      name: member.name ?? '',
      id: hex(member.ID),
      learner: member.isLearner === true,
      peerUrls: member.peerURLs ?? [],
      clientUrls: member.clientURLs ?? [],
    }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** The member list as a quorum knows it, from the first pod that answers. Throws when none does. */
export async function members(reference: SetReference): Promise<Member[]> {
  const failures: string[] = [];
  for (const pod of await podsOf(reference)) {
    try {
      return await membersSeenBy(reference, pod.metadata.name);
    } catch (error) {
      failures.push(`${pod.metadata.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(
    `no pod of ${reference.namespace}/${reference.set} gave a member list: ${failures.join('; ') || 'there is none'}`,
  );
}

/** What the member in a pod says of itself. Throws as the API does. */
export async function memberStatus({ cluster, namespace }: SetReference, pod: string): Promise<MemberStatus> {
  const api = await apiOf(cluster);
  const answer = await callPod<{ header: Header; version: string; leader?: string }>(
    api,
    namespace,
    pod,
    '/v3/maintenance/status',
  );
  return {
    memberId: hex(answer.header.member_id),
    clusterId: hex(answer.header.cluster_id),
    leaderId: hex(answer.leader),
    revision: BigInt(answer.header.revision ?? 0),
    version: answer.version,
  };
}

/** The name of the pod whose member leads. Throws when the members know no leader. */
export async function leaderPod(reference: SetReference): Promise<string> {
  const names: string[] = [];
  for (const { metadata } of await podsOf(reference)) {
    const status = await memberStatus(reference, metadata.name).catch(() => undefined);
    if (status && status.memberId === status.leaderId) return metadata.name;
    names.push(`${metadata.name} ${status ? `says ${status.leaderId} leads` : 'does not answer'}`);
  }
  throw new Error(`no member of ${reference.namespace}/${reference.set} leads: ${names.join(', ')}`);
}

/**
 * Writes a key through one pod's own endpoint and deletes it again, which takes a quorum that this member can
 * reach. Throws as the API does.
 */
export async function writeThrough({ cluster, namespace }: SetReference, pod: string): Promise<void> {
  const api = await apiOf(cluster);
  const key = Buffer.from(`etcd-chart/health/${pod}`).toString('base64');
  await callPod(api, namespace, pod, '/v3/kv/put', { key, value: key });
  await callPod(api, namespace, pod, '/v3/kv/deleterange', { key });
}
