import { setTimeout as sleep } from 'node:timers/promises';
import { ClientPod } from '../../client/pod.ts';
import type { ProberReport } from '../../client/prober.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { until } from '../../cluster/until.ts';
import { clientImage } from '../../images/chart-images.ts';
import { type Api, apiOf } from '../../release/api.ts';
import { leaderPod, memberStatus, podsOf, type SetReference } from '../../release/members.ts';
import { isReady, type Pod } from '../../release/objects.ts';
import { describeSet } from '../../release/state.ts';
import { waitForVoters } from '../../release/voters.ts';
import { createNamespace, removeNamespace } from '../namespace.ts';
import type { Contender } from './contender.ts';
import { type Condition, PodWatch } from './pods.ts';
import { type Mark, type Timeline, timelineOf } from './timeline.ts';

/** What happens in one round under load. */
export interface Course {
  /** Breaks or changes something. Time zero is just before. */
  act(): Promise<void>;
  /** What the pods must come to, in words and as a condition. */
  until: readonly [what: string, condition: Condition];
  /** Members afterwards; 3 by default. */
  members?: number;
}

/** What one round under load came to. Times are milliseconds from the fault unless they say otherwise. */
export interface Round {
  report: ProberReport;
  /** Milliseconds since the report's origin. */
  fault: number;
  marks: readonly Mark[];
  timeline: Timeline;
  /** Until the pods' condition held and all members were healthy voters. */
  healthy: number;
}

/** Members for which the prober has an endpoint, so that it sees those that come. */
const MOST_MEMBERS = 5;
/** Load before the fault and after the end, in milliseconds. */
const BEFORE = 1500;
const AFTER = 1500;
/** Milliseconds until a round must be over: a large database takes its time. */
const TIMEOUT = 300_000;

/**
 * The client's share of its node's processors: in earnest it has a machine of its own, and it must not be late
 * because the members' machines are busy.
 */
const CLIENT_CPU = '500m';

/** One contender's cluster in a namespace of its own, with a client pod that loads it. */
export class Arena {
  readonly cluster: Cluster;
  readonly contender: Contender;
  readonly namespace: string;
  readonly api: Api;
  readonly client: ClientPod;
  private rounds = 0;

  private constructor(
    cluster: Cluster,
    contender: Contender,
    namespace: string,
    api: Api,
    client: ClientPod,
  ) {
    this.cluster = cluster;
    this.contender = contender;
    this.namespace = namespace;
    this.api = api;
    this.client = client;
  }

  /** Installs three members of an etcd version and waits until they are healthy. Throws with their state. */
  static async open(cluster: Cluster, contender: Contender, etcd: string): Promise<Arena> {
    const namespace = await createNamespace(cluster, contender.name);
    try {
      await contender.install({ cluster, namespace }, etcd);
      const client = await ClientPod.start({ cluster, namespace, image: clientImage, cpu: CLIENT_CPU });
      const arena = new Arena(cluster, contender, namespace, await apiOf(cluster), client);
      await arena.settle(3);
      return arena;
    } catch (error) {
      await removeNamespace(cluster, namespace);
      throw error;
    }
  }

  /** The contender's StatefulSet. */
  get set(): SetReference {
    return { cluster: this.cluster, namespace: this.namespace, set: this.contender.set };
  }

  /** Deletes everything. */
  async close(): Promise<void> {
    await removeNamespace(this.cluster, this.namespace);
  }

  /** Path of this namespace's core objects. */
  core(path: string): string {
    return `/api/v1/namespaces/${this.namespace}/${path}`;
  }

  /** Endpoints of the first `count` members. */
  endpoints(count: number): string[] {
    return Array.from({ length: count }, (_, ordinal) => this.contender.member(this.namespace, ordinal));
  }

  /** The pods of the set by ordinal. */
  async pods(): Promise<Pod[]> {
    return podsOf(this.set);
  }

  /** The pod whose member leads. Throws when none does for ten seconds. */
  async leader(): Promise<Pod> {
    let leader: string | undefined;
    await until('a member leads', 10_000, async () => {
      leader = await leaderPod(this.set).catch(() => undefined);
      return leader !== undefined;
    });
    return this.api.json<Pod>('GET', this.core(`pods/${leader}`));
  }

  /**
   * Waits until `count` members are healthy voters and Kubernetes counts their pods as available: a rolling update
   * deletes all at once that are not. Throws with the set's state after five minutes.
   */
  async settle(count: number): Promise<void> {
    await waitForVoters({ ...this.set, count, timeout: TIMEOUT });
    const path = `/apis/apps/v1/namespaces/${this.namespace}/statefulsets/${this.contender.set}`;
    await until(
      `${count} pods are available`,
      TIMEOUT,
      async () => {
        const { status } = await this.api.json<{ status: { availableReplicas?: number } }>('GET', path);
        return status.availableReplicas === count;
      },
      () => describeSet(this.set),
    );
  }

  /** `kubectl scale`. */
  async scale(replicas: number): Promise<void> {
    const path = `/apis/apps/v1/namespaces/${this.namespace}/statefulsets/${this.contender.set}/scale`;
    const contentType = 'application/merge-patch+json';
    await this.api.text('PATCH', path, { body: { spec: { replicas } }, contentType });
  }

  /**
   * Has clients write by the members and by the Service, the latter connected to the leader at first: the worst
   * place to be. Then something happens, and they write until it is over. Throws with the set's state.
   */
  async round({ act, until: [what, condition], members = 3 }: Course): Promise<Round> {
    this.rounds += 1;
    const id = `${this.namespace}-${this.rounds}`;
    const { status } = await leaderOf(this);
    const watch = await PodWatch.start(this.set);
    try {
      const present = (await this.pods()).length;
      await watch.until('the pods are known', pods => pods.filter(isReady).length === present, 10_000);
      await this.client.ask('prober/start', {
        id,
        members: this.endpoints(MOST_MEMBERS),
        writeThrough: Math.min(present, members),
        service: this.contender.service(this.namespace),
        serviceMember: status.memberId,
      });
      // The load before the fault is measured too: what it looks like when nothing happens.
      await sleep(BEFORE);
      const began = Date.now();
      await act();
      await watch.until(what, condition, TIMEOUT);
      await waitForVoters({ ...this.set, count: members, timeout: TIMEOUT });
      const healthy = Date.now() - began;
      await sleep(AFTER);
      const report = await this.client.ask('prober/stop', { id }, 60_000);
      const fault = began - report.origin;
      return { report, fault, marks: watch.marks, timeline: timelineOf(report, fault, watch.marks), healthy };
    } catch (error) {
      const state = await describeSet(this.set);
      throw new Error(`${String(error)}\n${state}`, { cause: error });
    } finally {
      watch.stop();
    }
  }
}

async function leaderOf(arena: Arena) {
  const pod = await arena.leader();
  return { pod, status: await memberStatus(arena.set, pod.metadata.name) };
}
