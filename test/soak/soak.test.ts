import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Event, histories, type Operation, textOf } from '../../scripts/soak/operation.ts';
import { FaultScene } from '../cluster/faults/scenario.ts';
import { withoutApiServer } from '../cluster/support/apiserver.ts';
import { etcdOf, killEtcd, signalProcess } from '../cluster/support/node.ts';

// The histories of the member tier, on the cluster and for as long as one likes: a new set every few minutes, so
// that the judge has a history of a size that it can take.
const minutes = Number(process.env.SOAK_MINUTES ?? 10);
const seed = Number(process.env.SOAK_SEED ?? 1);

/** Milliseconds that one set lives, at most. */
const lifetime = 10 * 60_000;
const most = 5;
const healWithin = 180_000;

const events = histories(
  {
    replicas: most,
    pause: 15_000,
    kinds: {
      'delete pods': 4,
      'kill etcd': 3,
      'lose volumes': 3,
      scale: 4,
      'restart one after another': 2,
      freeze: 2,
      'stop the API server': 1,
      'delete the record': 2,
      'wait for the voters': 3,
    },
  },
  400,
  400,
);

const began = performance.now();
const tell = (what: string): void => console.error(`${new Date().toISOString()}  ${what}`);

class Soak {
  readonly #at: FaultScene;
  readonly #background = new Set<Promise<void>>();
  readonly #counts = new Map<string, number>();
  #failure: unknown;

  constructor(at: FaultScene) {
    this.#at = at;
  }

  /** Lets events happen until the time is over; returns how many there were of each kind. */
  async run(history: readonly Event[], until: number): Promise<ReadonlyMap<string, number>> {
    for (const { operation, pause } of history) {
      if (performance.now() > until) break;
      const text = textOf(operation);
      tell(`${this.#at.namespace}: ${text}`);
      const done = await this.#perform(operation);
      if (!done) tell(`${this.#at.namespace}: not now: ${text}`);
      else this.#counts.set(operation.kind, (this.#counts.get(operation.kind) ?? 0) + 1);
      await delay(pause);
    }
    tell(`${this.#at.namespace}: everything is left in peace`);
    await this.#settle();
    return this.#counts;
  }

  #inBackground(work: Promise<unknown>): void {
    const settled = work
      .then(
        () => undefined,
        (error: unknown) => {
          this.#failure ??= error;
        },
      )
      .then(() => {
        this.#background.delete(settled);
      });
    this.#background.add(settled);
  }

  async #running(ordinals: readonly number[]): Promise<string[]> {
    const pods = await this.#at.pods();
    return ordinals.map(ordinal => `etcd-${ordinal}`).filter(pod => pods.has(pod));
  }

  async #replicas(): Promise<number> {
    return (await this.#at.statefulSet()).spec.replicas;
  }

  /** Returns whether the operation made sense just then. */
  async #perform(operation: Operation): Promise<boolean> {
    const at = this.#at;
    switch (operation.kind) {
      case 'delete pods': {
        const pods = await this.#running(operation.ordinals);
        if (pods.length > 0) await (operation.force ? at.tearOut(...pods) : at.deletePods(...pods));
        return pods.length > 0;
      }
      case 'kill etcd': {
        const pods = await this.#running(operation.ordinals);
        // A pod that is on its way up or down has no etcd.
        const killed = await Promise.allSettled(pods.map(pod => killEtcd(at, pod)));
        return killed.some(({ status }) => status === 'fulfilled');
      }
      case 'lose volumes': {
        // A majority that is lost wants a person.
        const replicas = await this.#replicas();
        if (replicas < 3) return false;
        await this.#settle();
        const ordinal = (operation.ordinals[0] ?? 0) % replicas;
        await at.kubectl('delete', 'persistentvolumeclaim', `data-etcd-${ordinal}`, '--wait=false');
        await at.tearOut(`etcd-${ordinal}`);
        return true;
      }
      case 'scale':
        if (operation.replicas === 0) {
          // Whoever sleeps has to wake with as many.
          const before = await this.#replicas();
          await at.scale(0);
          await delay(5_000);
          await at.scale(before);
        } else {
          await at.scale(operation.replicas);
        }
        return true;
      case 'restart one after another':
        await at.kubectl('rollout', 'restart', 'statefulset', 'etcd');
        return true;
      case 'freeze': {
        const [pod] = await this.#running([operation.ordinal]);
        const process = pod === undefined ? undefined : await etcdOf(at, pod).catch(() => undefined);
        if (process === undefined) return false;
        await signalProcess(process, 'STOP');
        this.#inBackground(
          // Whoever killed it meanwhile has ended the freeze.
          delay(operation.milliseconds).then(() => signalProcess(process, 'CONT').catch(() => undefined)),
        );
        return true;
      }
      case 'stop the API server':
        // Nothing can be asked meanwhile.
        await withoutApiServer(at, () => delay(operation.milliseconds));
        return true;
      case 'delete the record':
        await at.kubectl('delete', 'configmap', 'etcd-cluster', '--ignore-not-found', '--wait=false');
        return true;
      case 'wait for the voters':
        await this.#settle();
        return true;
      case 'kill a script':
      case 'upgrade etcd one after another':
        throw new Error(`${operation.kind} is not drawn for a cluster`);
    }
  }

  /** Waits until every wanted member is a voter, by the way that the chart's log names where nothing else helps. */
  async #settle(): Promise<void> {
    const at = this.#at;
    while (this.#background.size > 0) await Promise.all(this.#background);
    if (this.#failure !== undefined) throw this.#failure;
    const replicas = await this.#replicas();
    const whole = await at.voters(replicas, 'etcd', healWithin / 2).then(
      () => true,
      () => false,
    );
    if (whole) return;
    tell(`${at.namespace}: not whole after ${healWithin / 2_000} s: scale, replicas ${most}`);
    await at.scale(most);
    await at.voters(most, 'etcd', healWithin);
    await at.scale(replicas);
    await at.voters(replicas, 'etcd', healWithin);
  }
}

test(`${minutes} minutes of random operations (seed ${seed})`, {
  timeout: (minutes + 30) * 60_000,
}, async () => {
  const end = began + minutes * 60_000;
  let writes = 0;
  for (let round = 0; performance.now() < end; round++) {
    const [history = []] = fc.sample(events, { seed: seed + round, numRuns: 1 });
    const at = await FaultScene.open('soak');
    try {
      await at.install({ values: { replicaCount: 3 } });
      await at.voters(3);
      await at.workload.start(most);
      const counts = await new Soak(at).run(history, Math.min(end, performance.now() + lifetime));
      const { replicas } = (await at.statefulSet()).spec;
      await at.workload.progress(replicas);
      const { acknowledged, failed, unknown, longestGap } = await at.workload.report();
      expect(await at.workload.judged(replicas), 'what the judge found').toEqual([]);
      writes += acknowledged;
      const summary = [...counts].map(([kind, count]) => `${count} × ${kind}`).join(', ');
      tell(
        `${at.namespace} (seed ${seed + round}): ${summary}; ${acknowledged} writes acknowledged, ${failed} calls failed, ${unknown} unknown, longest gap ${longestGap} ms; nothing lost`,
      );
    } catch (error) {
      console.error(`seed ${seed + round}: the state of ${at.namespace}:\n${await at.describe()}`);
      throw error;
    } finally {
      await at.close();
    }
  }
  expect(writes).toBeGreaterThan(0);
});
