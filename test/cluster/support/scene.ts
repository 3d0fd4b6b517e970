import { afterAll, afterEach, beforeAll, beforeEach, expect, inject } from 'vitest';
import type { MemberHistory } from '../../../scripts/client/history.ts';
import { ClientPod } from '../../../scripts/client/pod.ts';
import type { Answer, Question, TaskName } from '../../../scripts/client/tasks.ts';
import type { WriterReport } from '../../../scripts/client/writer.ts';
import { kubectl } from '../../../scripts/cluster/kubectl.ts';
import { until } from '../../../scripts/cluster/until.ts';
import { type Api, apiOf } from '../../../scripts/release/api.ts';
import { type HelmName, installChart, uninstallChart } from '../../../scripts/release/chart.ts';
import type { Member, SetReference } from '../../../scripts/release/members.ts';
import { deleteNamespace } from '../../../scripts/release/namespace.ts';
import type { List, Pod, StatefulSet } from '../../../scripts/release/objects.ts';
import { describeSet } from '../../../scripts/release/state.ts';
import { waitForVoters } from '../../../scripts/release/voters.ts';
import { createNamespace, keepsNamespaces } from './namespace.ts';

/** Long enough for a busy machine with two cores; a healthy run needs a fifth of it. */
const VOTERS_TIMEOUT = 120_000;
/** More members than any scenario has: a writer that starts with three shall reach five. */
const MOST_MEMBERS = 5;

export interface ReleaseOptions {
  release?: string;
  helm?: HelmName;
  values?: object;
  /** Directory of the chart; this repository's by default. */
  chart?: string;
}

/** A namespace with releases of the chart in it, the in-cluster client, and what belongs to judging them. */
export class Scene {
  readonly cluster = inject('cluster');
  readonly namespace: string;
  readonly api: Api;
  private readonly client: ClientPod;
  private readonly recordings: string[] = [];

  constructor(namespace: string, api: Api, client: ClientPod) {
    this.namespace = namespace;
    this.api = api;
    this.client = client;
  }

  /** Makes a namespace; the client pod is there already, or starts. */
  static async open<S extends Scene>(
    this: new (
      namespace: string,
      api: Api,
      client: ClientPod,
    ) => S,
    name: string,
  ): Promise<S> {
    const cluster = inject('cluster');
    const namespace = await createNamespace(cluster, name);
    const image = inject('nodeImage');
    const client = await ClientPod.start({ cluster, namespace: inject('clientNamespace'), image });
    return new this(namespace, await apiOf(cluster), client);
  }

  /** Stops the writers, and deletes the namespace unless KEEP=1. */
  async close(): Promise<void> {
    for (const id of this.recordings) await this.client.ask('writer/stop', { id });
    if (keepsNamespaces) console.error(`KEEP=1: the namespace ${this.namespace} stays`);
    else await deleteNamespace(this.cluster, this.namespace);
  }

  /** Where a set of this scene is, for the functions of scripts/release. */
  set(name = 'etcd'): SetReference {
    return { cluster: this.cluster, namespace: this.namespace, set: name };
  }

  /** kubectl in this namespace; returns its output. */
  async kubectl(...args: string[]): Promise<string> {
    return kubectl(this.cluster, ['--namespace', this.namespace, ...args]);
  }

  /** Path of this namespace's core objects, or of one of them. */
  core(path: string): string {
    return `/api/v1/namespaces/${this.namespace}/${path}`;
  }

  async pod(name: string): Promise<Pod> {
    return this.api.json<Pod>('GET', this.core(`pods/${name}`));
  }

  /** What a container has logged since it started; empty when the pod or the container is not there yet. */
  async log(pod: string, container: string): Promise<string> {
    return this.api.text('GET', this.core(`pods/${pod}/log?container=${container}`)).catch(() => '');
  }

  async statefulSet(name = 'etcd'): Promise<StatefulSet> {
    return this.api.json<StatefulSet>(
      'GET',
      `/apis/apps/v1/namespaces/${this.namespace}/statefulsets/${name}`,
    );
  }

  /** Installs or upgrades a release; does not wait. */
  async install({ release = 'etcd', helm = 'helm', values = {}, chart }: ReleaseOptions = {}): Promise<void> {
    const { cluster, namespace } = this;
    await installChart({
      cluster,
      namespace,
      release,
      helm,
      values,
      ...(chart === undefined ? {} : { chart }),
    });
  }

  async uninstall(release = 'etcd'): Promise<void> {
    await uninstallChart({ cluster: this.cluster, namespace: this.namespace, release });
  }

  /** Waits until the set has exactly so many healthy voters; returns them by ordinal. */
  async voters(count: number, set = 'etcd', timeout = VOTERS_TIMEOUT): Promise<Member[]> {
    return waitForVoters({ ...this.set(set), count, timeout });
  }

  /** Endpoint of a member by its DNS name. */
  member(ordinal: number, set = 'etcd'): string {
    return `http://${set}-${ordinal}.${set}-peer.${this.namespace}.svc.cluster.local:2379`;
  }

  /** Endpoints of the members 0 to count - 1. */
  endpoints(count: number, set = 'etcd'): string[] {
    return Array.from({ length: count }, (_, ordinal) => this.member(ordinal, set));
  }

  /** Endpoint of the client Service. */
  service(set = 'etcd'): string {
    return `http://${set}.${this.namespace}.svc.cluster.local:2379`;
  }

  /** Has the client pod carry out a task; writers and contests are named within this scene. */
  async ask<Name extends TaskName>(
    task: Name,
    question: Question<Name>,
    timeout?: number,
  ): Promise<Answer<Name>> {
    return this.client.ask(task, question, timeout);
  }

  /** Starts a background writer on a set: from now on every acknowledged write is remembered. */
  async record(set = 'etcd'): Promise<void> {
    const id = this.recordingOf(set);
    this.recordings.push(id);
    await this.ask('writer/start', { id, endpoints: this.endpoints(MOST_MEMBERS, set), prefix: 'recorded/' });
  }

  recordingOf(set = 'etcd'): string {
    return `${this.namespace}/${set}`;
  }

  /** What the writer of a set has done, and its longest gap since the last report. */
  async written(set = 'etcd'): Promise<WriterReport> {
    return this.ask('writer/report', { id: this.recordingOf(set), restartGap: true });
  }

  /**
   * Asserts that the writer got on, that every write acknowledged so far is on every member's own disk, and that
   * the members share one history. Returns that history's cluster ID.
   */
  async expectNothingLost(count: number, set = 'etcd'): Promise<string> {
    const before = await this.written(set);
    const id = this.recordingOf(set);
    const members = this.endpoints(count, set);
    // A write after whatever the scenario did, through every member.
    const progress = async () => {
      const { byEndpoint } = await this.ask('writer/report', { id });
      return byEndpoint.slice(0, count).map((writes, ordinal) => writes > (before.byEndpoint[ordinal] ?? 0));
    };
    await expect.poll(progress, { timeout: 20_000, interval: 100 }).toEqual(members.map(() => true));
    const checks = await this.ask('writer/check', { id, members, deadline: 10_000 }, 60_000);
    expect(checks, 'acknowledged writes that are missing, by member').toEqual(
      members.map(endpoint => ({ endpoint, missing: [] })),
    );
    console.error(
      `${this.namespace}: ${before.acknowledged} acknowledged writes on ${count} members, longest gap ${before.longestGap} ms`,
    );
    return this.expectOneHistory(count, set);
  }

  /** Asserts that all members have one cluster ID and one HashKV at one revision; returns the cluster ID. */
  async expectOneHistory(count: number, set = 'etcd'): Promise<string> {
    const members = this.endpoints(count, set);
    const histories = await this.ask('histories', { members, deadline: 10_000 }, 30_000);
    const [first] = histories;
    const same = ({ clusterId, revision, compacted, hash }: MemberHistory) => ({
      clusterId,
      revision,
      compacted,
      hash,
    });
    expect(histories.map(same)).toEqual(members.map(() => first && same(first)));
    return first?.clusterId ?? '';
  }

  /** Waits until a condition holds. Throws with the state of the scene at the deadline (milliseconds). */
  async until(condition: string, holds: () => Promise<boolean>, timeout = VOTERS_TIMEOUT): Promise<void> {
    await until(condition, timeout, holds, () => this.describe());
  }

  /** Waits until a container has logged something since it started. Throws with the scene's state at the deadline. */
  async expectLog(pod: string, words: RegExp, container = 'etcd', timeout = VOTERS_TIMEOUT): Promise<void> {
    const logged = async (): Promise<boolean> => words.test(await this.log(pod, container));
    await this.until(`${container} of ${pod} logs ${words}`, logged, timeout);
  }

  /** State of every set of this scene, for the report on a failed test. */
  async describe(): Promise<string> {
    const path = `/apis/apps/v1/namespaces/${this.namespace}/statefulsets`;
    const { items } = await this.api.json<List<StatefulSet>>('GET', path);
    const sets = await Promise.all(items.map(({ metadata }) => describeSet(this.set(metadata.name))));
    const recordings = await Promise.all(
      this.recordings.map(
        async id => `writer ${id}: ${JSON.stringify(await this.ask('writer/report', { id }))}`,
      ),
    );
    return [...sets, ...recordings].join('\n');
  }
}

/**
 * A scene for the tests of one file, which are steps that build on each other: a step after a failed one is
 * skipped with that reason. Call the result in a test to get the scene. A failed step prints the scene's state.
 */
export function useScene(name: string): () => Scene {
  let scene: Scene | undefined;
  let failed: string | undefined;
  const open = (): Scene => {
    if (!scene) throw new Error(`the scene ${name} is not open`);
    return scene;
  };
  beforeAll(async () => {
    scene = await Scene.open(name);
  });
  beforeEach(context => {
    if (failed !== undefined) context.skip(`not run: the step before it failed (${failed})`);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    failed ??= task.name;
    console.error(`=== ${task.name} failed; the state of its scene:\n${await open().describe()}`);
  });
  afterAll(async () => {
    await scene?.close();
  });
  return open;
}
