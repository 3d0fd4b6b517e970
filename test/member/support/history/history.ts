import { setTimeout as delay } from 'node:timers/promises';
import { type Event, type Operation, textOf } from '../../../../scripts/soak/operation.ts';
import type { Member } from '../gateway.ts';
import { withSet } from '../scenario.ts';
import type { EtcdSet } from '../set.ts';
import { identity } from '../volume.ts';
import { Controller } from './controller.ts';
import { Generations } from './generations.ts';
import { Writer } from './writer.ts';

/** How a history ended. */
export type Ending =
  /** Exactly the wanted voters serve everything that was acknowledged. */
  | 'whole'
  /** A majority of the voters' volumes is lost: nothing formed, and the others keep what they have. */
  | 'lost for good'
  /** Every volume is lost: the set began anew, or waits. */
  | 'nothing left';

const flags = ['--heartbeat-interval=50', '--election-timeout=500'];

/** Milliseconds that a set may take to be whole again when nothing disturbs it any more. */
const healWithin = 90_000;

/** What etcd logs, and ends with, when its peers know that it was taken out of the list. */
const REMOVED = 'the member has been permanently removed from the cluster';

/**
 * Forms three members, lets the events happen to them under writes, heals, and looks at what is left. Returns
 * how it ended. Throws, with the state of the set, when something acknowledged is lost or a member is missing.
 */
export function runHistory(events: readonly Event[]): Promise<Ending> {
  const upgrades = events.some(({ operation }) => operation.kind === 'upgrade etcd one after another');
  const image = upgrades ? '3.6' : '3.7';
  return withSet(
    {
      replicas: 3,
      image,
      traced: true,
      gracePeriodSeconds: 30,
      lookSeconds: 3,
      patienceSeconds: 15,
      flags,
      timeout: 420_000,
    },
    async set => {
      await set.up();
      const history = new History(set);
      try {
        return await history.run(events);
      } catch (error) {
        if (error instanceof Error) error.message = `${history.told.join('\n')}\n${error.message}`;
        throw error;
      } finally {
        await history.end();
      }
    },
  );
}

class History {
  readonly #set: EtcdSet;
  readonly #controller: Controller;
  readonly #generations: Generations;
  readonly #writer: Writer;
  readonly #began = performance.now();
  readonly #background: Promise<void>[] = [];
  /** What happened, one line each, with the seconds since the beginning. */
  readonly told: string[] = [];

  constructor(set: EtcdSet) {
    this.#set = set;
    this.#controller = new Controller(set);
    this.#generations = new Generations(set);
    this.#writer = new Writer(set);
  }

  #tell(what: string): void {
    this.told.push(`${((performance.now() - this.#began) / 1_000).toFixed(1).padStart(6)} s  ${what}`);
  }

  async run(events: readonly Event[]): Promise<Ending> {
    await this.#set.write(0, 1);
    for (const { operation, pause } of events) {
      this.#tell(textOf(operation));
      await this.#perform(operation);
      await delay(pause);
    }
    this.#tell('everything is left in peace');
    await this.#heal();
    const ending = await this.#look();
    this.#tell(`${ending}: ${this.#set.acknowledged} writes acknowledged`);
    if (this.#controller.failure !== undefined) throw this.#controller.failure;
    if (this.#generations.violation !== undefined) throw new Error(this.#generations.violation);
    return ending;
  }

  /** Ends what goes on in the background. */
  async end(): Promise<void> {
    for (const pod of this.#set.pods) pod.etcd.thaw();
    await this.#writer.stop();
    await this.#controller.close();
  }

  /** The ordinals that have a pod, of those that are meant. */
  #running(ordinals: readonly number[]): number[] {
    return this.#set.pods.map(pod => pod.ordinal).filter(ordinal => ordinals.includes(ordinal));
  }

  async #perform(operation: Operation): Promise<void> {
    const set = this.#set;
    switch (operation.kind) {
      case 'delete pods':
        for (const ordinal of this.#running(operation.ordinals)) {
          this.#controller.delete(ordinal, operation.force);
        }
        return;
      case 'kill etcd':
        for (const ordinal of this.#running(operation.ordinals)) set.pod(ordinal).etcd.signal('SIGKILL');
        return;
      case 'lose volumes':
        for (const ordinal of operation.ordinals) {
          if (set.claim(ordinal) !== undefined) set.deleteClaim(ordinal);
          this.#controller.delete(ordinal, true);
        }
        return;
      case 'scale':
        this.#controller.scale(operation.replicas);
        return;
      case 'restart one after another':
        this.#background.push(this.#roll());
        return;
      case 'upgrade etcd one after another':
        set.useImage('3.7');
        this.#background.push(this.#roll());
        return;
      case 'freeze':
        for (const ordinal of this.#running([operation.ordinal])) {
          const { etcd } = set.pod(ordinal);
          etcd.freeze();
          this.#background.push(delay(operation.milliseconds).then(() => etcd.thaw()));
        }
        return;
      case 'stop the API server':
        this.#background.push(
          set.api
            .down()
            .then(() => delay(operation.milliseconds))
            .then(() => set.api.up()),
        );
        return;
      case 'delete the record':
        if (set.record !== undefined) set.deleteRecord();
        return;
      case 'kill a script':
        set.effects.armNth(`etcd-${operation.ordinal}`, operation.step);
        return;
      case 'wait for the voters':
        await this.#voters(15_000);
    }
  }

  /** A rolling update: stops where a pod does not become ready. */
  async #roll(): Promise<void> {
    const set = this.#set;
    for (let ordinal = set.replicas - 1; ordinal >= 0; ordinal--) {
      const before = set.pods.find(pod => pod.ordinal === ordinal)?.uid;
      this.#controller.delete(ordinal, false);
      const renewed = await set
        .waitFor(
          async () => {
            const pod = set.pods.find(candidate => candidate.ordinal === ordinal);
            return pod !== undefined && pod.uid !== before && (await set.member(ordinal).isReady());
          },
          { what: `etcd-${ordinal} is ready again`, timeout: 20_000 },
        )
        .catch(() => false);
      if (!renewed) return;
    }
  }

  /** Ends every disturbance that is still going on. */
  async #heal(): Promise<void> {
    this.#set.effects.arm();
    await Promise.all(this.#background);
    await this.#controller.idle();
    await this.#writer.stop();
    if (this.#set.replicas === 0) this.#controller.scale(3);
  }

  /** Whether exactly the wanted voters serve, within some milliseconds. */
  async #voters(timeout: number): Promise<boolean> {
    const ordinals = Array.from({ length: this.#set.replicas }, (_, ordinal) => ordinal);
    if (ordinals.length === 0) return false;
    return this.#set.voters(ordinals, { timeout }).then(
      () => true,
      () => false,
    );
  }

  async #look(): Promise<Ending> {
    const set = this.#set;
    const { replicas } = set;
    const until = Date.now() + healWithin;
    while (!(await this.#voters(Math.min(10_000, Math.max(1, until - Date.now()))))) {
      if (this.#generations.violation !== undefined) throw new Error(this.#generations.violation);
      // What the chart's pods say to do when members that a quorum needs sleep.
      const needed = Math.max(...this.#generations.holders(), replicas - 1) + 1;
      if (needed > set.replicas) {
        this.#tell(`scale, replicas ${needed}: no quorum otherwise`);
        this.#controller.scale(needed);
        continue;
      }
      const loss = await this.#loss();
      if (loss !== undefined) return loss;
      if (Date.now() > until) await this.#demand();
    }
    if (set.replicas !== replicas) {
      this.#tell(`scale, replicas ${replicas} again`);
      this.#controller.scale(replicas);
      await this.#controller.idle();
    }
    await this.#demand();
    return 'whole';
  }

  /** Throws unless exactly the wanted voters serve everything. */
  async #demand(): Promise<void> {
    const ordinals = Array.from({ length: this.#set.replicas }, (_, ordinal) => ordinal);
    await this.#set.voters(ordinals, { timeout: healWithin });
    await this.#set.formed();
    await this.#set.nothingLost(...ordinals);
    await this.#set.agree(ordinals);
  }

  /** What cannot be whole again without a person, and is what it should be; undefined when there is still hope. */
  async #loss(): Promise<Ending | undefined> {
    const set = this.#set;
    const holders = this.#generations.holders();
    if (holders.length === 0) return set.pods.some(pod => pod.hasStartedEtcd) ? undefined : 'nothing left';
    const ids = new Map(
      await Promise.all(
        holders.map(async ordinal => [ordinal, (await identity(set.volume(ordinal))).memberId] as const),
      ),
    );
    const views: { ordinal: number; members: Member[] }[] = [];
    for (const ordinal of holders) {
      const members = await set
        .member(ordinal)
        .membersForPeers()
        .catch(() => undefined);
      if (members !== undefined) views.push({ ordinal, members });
      // One that holds data starts, whatever the others do; unless they tell it that it was removed.
      else if (!set.pod(ordinal).etcd.log.includes(REMOVED)) return undefined;
    }
    if (views.length === 0) return undefined;
    for (const { members } of views) {
      const voters = members.filter(({ learner }) => !learner);
      const kept = voters.filter(({ id, peerUrl }) =>
        holders.some(ordinal => set.peerUrl(ordinal) === peerUrl && ids.get(ordinal) === id),
      );
      if (kept.length > voters.length / 2) return undefined;
    }
    const first = 'key-0';
    for (const { ordinal, members } of views) {
      const own = members.find(({ peerUrl }) => peerUrl === set.peerUrl(ordinal));
      if (own === undefined || own.learner) continue;
      // One that was restarted since answers nobody.
      const all = await set
        .member(ordinal)
        .all({ local: true })
        .catch(() => undefined);
      if (all !== undefined && all[first] === undefined) throw new Error(`etcd-${ordinal} lost ${first}`);
    }
    return 'lost for good';
  }
}
