import type { Member } from '../../../scripts/release/members.ts';
import { leaderPod, memberStatus, podsOf } from '../../../scripts/release/members.ts';
import type { ConfigMap, Pod } from '../../../scripts/release/objects.ts';
import { Scene } from '../support/scene.ts';
import { Workload } from '../support/workload.ts';

export type FaultClass = 'process' | 'volume' | 'scale' | 'network' | 'pressure' | 'rollout' | 'recovery';

/** One way of breaking things while the workload runs, and what must follow. */
export interface Fault {
  /** Unique among all; `npm run test:faults -- --only` picks by it. */
  name: string;
  class: FaultClass;
  /** Runs in `npm test`, where each class runs once; the others only in `npm run test:faults`. */
  representative?: true;
  /** Values for `helm install`. */
  values?: object;
  /** Members at the beginning; 3 by default. */
  members?: number;
  /** The most members it ever has: the workload goes to that many endpoints. `members` by default. */
  most?: number;
  /** No quorum is left at the end, on purpose: the runner waits for no voters, and the judge has the calls alone. */
  ends?: 'without quorum';
  /**
   * Breaks things while the workload runs, waits for what must follow and asserts what is special. Afterwards
   * the runner waits for as many voters as the StatefulSet then wants, stops the workload and judges it.
   */
  run(at: FaultScene): Promise<void>;
}

/** The members' IDs, to see who stayed who it was. */
export const ids = (members: readonly Member[]): string[] => members.map(({ id }) => id);

interface SettledSet {
  spec: { replicas: number };
  status: { availableReplicas?: number };
}

/** Long enough for pods, volumes and elections on a busy machine with two cores. */
const TIMEOUT = 120_000;

/** The record of the release `etcd`, as a core object. */
export const RECORD = 'configmaps/etcd-cluster';

/** A scene with a release called `etcd`, under a workload whose every call is recorded for the judge. */
export class FaultScene extends Scene {
  readonly workload: Workload = new Workload(this);
  private healingSince = performance.now();
  private longestRecovery: number | undefined;

  /** Recovery time counts from here; without a call, from the beginning of the fault. */
  healing(): void {
    this.healingSince = performance.now();
  }

  /** Milliseconds from `healing` to full voters, the longest of all `expectVoters`; undefined before the first. */
  get recovery(): number | undefined {
    return this.longestRecovery;
  }

  /** As `voters`, and takes the time since `healing` as recovery time. Throws with the set's state at the deadline. */
  async expectVoters(count: number, timeout = TIMEOUT): Promise<Member[]> {
    const members = await this.voters(count, 'etcd', timeout);
    const took = performance.now() - this.healingSince;
    this.longestRecovery = Math.max(this.longestRecovery ?? 0, took);
    return members;
  }

  /** Name of the pod whose member leads; waits for an election that goes on. */
  async leader(): Promise<string> {
    let leader = '';
    await this.until('a member leads', async () => {
      leader = await leaderPod(this.set()).catch(() => '');
      return leader !== '';
    });
    return leader;
  }

  /** Name of a pod whose member does not lead: the one with the highest ordinal. */
  async follower(): Promise<string> {
    const [leader, { spec }] = await Promise.all([this.leader(), this.statefulSet()]);
    const last = `etcd-${spec.replicas - 1}`;
    return last === leader ? `etcd-${spec.replicas - 2}` : last;
  }

  /**
   * Waits until Kubernetes counts every pod as available: it deletes those at once that a rolling update finds
   * unavailable, and that are Ready for a moment only.
   */
  async settled(): Promise<void> {
    const path = `/apis/apps/v1/namespaces/${this.namespace}/statefulsets/etcd`;
    await this.until('every pod is available', async () => {
      const { spec, status } = await this.api.json<SettledSet>('GET', path);
      return status.availableReplicas === spec.replicas;
    });
  }

  /** The record that the pods keep of their cluster. */
  async clusterRecord(): Promise<ConfigMap> {
    return this.api.json<ConfigMap>('GET', this.core(RECORD));
  }

  /** The etcd version that each member runs, by its own account. */
  async running(count: number): Promise<string[]> {
    const names = Array.from({ length: count }, (_, ordinal) => `etcd-${ordinal}`);
    const statuses = await Promise.all(names.map(name => memberStatus(this.set(), name)));
    return statuses.map(({ version }) => version);
  }

  /** The pods of the set: name to uid, without those that are being deleted. */
  async pods(): Promise<ReadonlyMap<string, string>> {
    const pods = await podsOf(this.set());
    return new Map(
      pods
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map(({ metadata }) => [metadata.name, metadata.uid]),
    );
  }

  /** A pod that a StatefulSet is about to make again may not be there for a moment. */
  async findPod(name: string): Promise<Pod | undefined> {
    return this.api.find<Pod>(this.core(`pods/${name}`));
  }

  /** `kubectl delete pod` of all of them in one command, without waiting for the end. */
  async deletePods(...pods: string[]): Promise<void> {
    await this.kubectl('delete', 'pod', ...pods, '--wait=false');
  }

  /** Forced deletion of all of them in one command: no preStop, no grace period. */
  async tearOut(...pods: string[]): Promise<void> {
    await this.kubectl('delete', 'pod', ...pods, '--grace-period=0', '--force', '--wait=false');
  }

  /** Stops the workload and deletes the namespace unless KEEP=1. */
  override async close(): Promise<void> {
    await this.workload.abandon().catch(error => console.error(`${this.namespace}: ${String(error)}`));
    await super.close();
  }

  async scale(replicas: number): Promise<void> {
    await this.kubectl('scale', 'statefulset', 'etcd', `--replicas=${replicas}`);
  }
}
