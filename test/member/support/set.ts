import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiObject } from './api/object.ts';
import { chartRules } from './api/rules.ts';
import { ApiServer } from './api/server.ts';
import type { DnsAnswers } from './dns.ts';
import { Effects } from './effects.ts';
import { Gateway, type Member } from './gateway.ts';
import { type Loopback, reserveLoopback } from './loopback.ts';
import { Names } from './names.ts';
import { Pod } from './pod.ts';
import { MetricsPolicy } from './policy.ts';
import { type EtcdMinor, programs } from './programs.ts';
import { type WaitOptions, waitFor } from './wait.ts';

export interface SetOptions {
  replicas?: number;
  /** The minor of the etcd image; `useImage` changes it for pods started later. */
  image?: EtcdMinor;
  persistence?: boolean;
  /** One volume for all, with a directory for each pod: losing a claim then means losing that directory. */
  shared?: boolean;
  gracePeriodSeconds?: number;
  /** Seconds between two looks of a settled member's keeper; 10 as in the chart by default. */
  upkeepSeconds?: number;
  /** Seconds between two looks of a pod that waits; 1, in the chart 3. */
  lookSeconds?: number;
  /** Seconds that a quorum gets to come back before a restore; 6, in the chart 15. */
  patienceSeconds?: number;
  /** Flags of etcd after the chart's own, which they override. */
  flags?: readonly string[];
  /** Traces each step of the scripts, see `effects`. */
  traced?: boolean;
  /** Members have names, which a DNS server of the test resolves like this; by default they have only addresses. */
  dns?: DnsAnswers | false;
  /** A NetworkPolicy allows only ports 2379 and 2380 between pods; `blockMetrics` changes it. */
  metricsBlocked?: boolean;
}

/** What `etcd-chart/generation` says on an object, and where. */
export const generationAnnotation = 'etcd-chart/generation';

const namespace = 'here';
const set = 'etcd';
const record = 'etcd-cluster';
const restore = `${set}-restore`;
const labels = {
  'app.kubernetes.io/name': 'etcd',
  'app.kubernetes.io/instance': 'etcd',
  'app.kubernetes.io/component': 'etcd',
};

/** The flags of every member, as the chart's template gives them; and no fsync, as disks here are shared. */
const flags = ['--unsafe-no-fsync', '--auto-compaction-mode=periodic', '--auto-compaction-retention=1h'];

const directories = new Set<string>();
process.on('exit', () => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/**
 * One installation of the chart without Kubernetes: the StatefulSet, its claims and its pods, played by
 * this class as controller and kubelet, on the stub API server and a /24 of loopback of its own.
 */
export class EtcdSet {
  readonly api = new ApiServer(namespace);
  readonly signal: AbortSignal;
  readonly #options: Required<SetOptions>;
  readonly #directory: string;
  /** The steps of the scripts; of a `traced` set only. */
  readonly effects: Effects;
  readonly #loopback: Loopback;
  #names: Names | undefined;
  #policy: MetricsPolicy | undefined;
  readonly #pods = new Map<number, Pod>();
  /** Pods that are gone: their last words explain failures. */
  readonly #past: { name: string; lines: string[] }[] = [];
  readonly #written: Record<string, string> = {};
  #nextKey = 0;
  #image: EtcdMinor;

  private constructor(
    options: Required<SetOptions>,
    directory: string,
    loopback: Loopback,
    signal: AbortSignal,
  ) {
    this.#options = options;
    this.#directory = directory;
    this.effects = new Effects(join(directory, 'effects'));
    this.#loopback = loopback;
    this.#image = options.image;
    this.signal = signal;
  }

  /** Returns a set without any pod: the StatefulSet object exists, nothing runs. `signal` ends every wait. */
  static async create(options: SetOptions, signal: AbortSignal): Promise<EtcdSet> {
    const all = {
      replicas: 3,
      image: '3.7',
      persistence: true,
      shared: false,
      gracePeriodSeconds: 60,
      upkeepSeconds: 10,
      lookSeconds: 1,
      patienceSeconds: 6,
      flags: [],
      traced: false,
      dns: false,
      metricsBlocked: false,
      ...options,
    } as const;
    const directory = await mkdtemp(join(tmpdir(), 'etcd-chart-member-'));
    directories.add(directory);
    const created = new EtcdSet(all, directory, await reserveLoopback(), signal);
    created.api.rules = chartRules({
      set,
      record,
      restore,
      persistence: all.persistence,
      sharedClaim: all.shared ? `data-${set}` : undefined,
    });
    created.api.store.onChange(({ type, plural, object }) => {
      if (type === 'DELETED' && plural === 'persistentvolumeclaims') {
        rmSync(created.#volumeOf(object), { recursive: true, force: true });
      }
    });
    if (all.traced) {
      await created.effects.prepare();
      created.effects.arm();
    }
    if (all.dns !== false) await created.#startDns(all.dns);
    if (all.metricsBlocked) await created.blockMetrics(true);
    created.createStatefulSet(all.replicas);
    await created.api.up();
    return created;
  }

  async #startDns(answers: DnsAnswers): Promise<void> {
    this.#names = await Names.start({
      pattern: `${set}-%s.${set}-headless.${namespace}.svc.cluster.local`,
      namespace,
      answers,
      server: `${this.#loopback.prefix}253`,
      directory: this.#directory,
      // A name of the headless Service exists as long as its pod.
      addressOf: ordinal => (this.#pods.has(ordinal) ? this.address(ordinal) : undefined),
    });
  }

  /** Changes how names resolve from now on. Throws for a set that was created without `dns`. */
  resolve(answers: DnsAnswers): void {
    if (this.#names === undefined) throw new Error('this set has no DNS server: create it with `dns`');
    this.#names.server.answers = answers;
  }

  /** Blocks or opens the metrics ports of other pods, for running pods only if the set was created with `metricsBlocked`. */
  async blockMetrics(blocked: boolean): Promise<void> {
    this.#policy ??= await MetricsPolicy.create(this.#directory);
    this.#policy.inForce = blocked;
  }

  /** Pods started from now on run this minor of etcd. */
  useImage(image: EtcdMinor): void {
    this.#image = image;
  }

  #volumeOf(claim: ApiObject): string {
    return join(this.#directory, 'volumes', claim.metadata.uid);
  }

  #claimName(ordinal: number): string {
    return this.#options.shared ? `data-${set}` : `data-${set}-${ordinal}`;
  }

  /** Where an ordinal's data is on the volume of a claim. */
  #placeOn(claim: ApiObject, ordinal: number): string {
    return join(this.#volumeOf(claim), this.#options.shared ? `${set}-${ordinal}` : '.');
  }

  /** Creates the StatefulSet object, as an install does. */
  createStatefulSet(replicas: number): void {
    this.api.store.create('statefulsets', { metadata: { name: set, labels }, spec: { replicas } });
  }

  /** Returns the address of an ordinal. */
  address(ordinal: number): string {
    return `${this.#loopback.prefix}${ordinal}`;
  }

  peerUrl(ordinal: number): string {
    return `http://${this.#names?.of(ordinal) ?? this.address(ordinal)}:2380`;
  }

  /** Returns a client of the member of an ordinal. */
  member(ordinal: number): Gateway {
    return new Gateway(this.address(ordinal));
  }

  /** Returns the running pod of an ordinal; throws when there is none. */
  pod(ordinal: number): Pod {
    const pod = this.#pods.get(ordinal);
    if (pod === undefined) throw new Error(`there is no pod ${set}-${ordinal}`);
    return pod;
  }

  get pods(): Pod[] {
    return [...this.#pods.values()].sort((a, b) => a.ordinal - b.ordinal);
  }

  /** Returns what the record says, or undefined when there is none. */
  get record(): ApiObject | undefined {
    return this.api.store.find('configmaps', record);
  }

  /** Returns the claim of an ordinal, made (and its empty volume with it) when it is missing. */
  ensureClaim(ordinal: number): ApiObject {
    const name = this.#claimName(ordinal);
    return (
      this.api.store.find('persistentvolumeclaims', name) ??
      this.api.store.create('persistentvolumeclaims', { metadata: { name, labels }, spec: {} })
    );
  }

  claim(ordinal: number): ApiObject | undefined {
    return this.api.store.find('persistentvolumeclaims', this.#claimName(ordinal));
  }

  /** Returns the directory of an ordinal's volume, whether its pod runs or not. */
  volume(ordinal: number): string {
    return this.#placeOn(this.ensureClaim(ordinal), ordinal);
  }

  /** Starts pods as the StatefulSet controller does: a missing claim is made, a pod that exists is left alone. */
  async start(...ordinals: number[]): Promise<void> {
    await Promise.all(ordinals.map(ordinal => this.#start(ordinal)));
  }

  async #start(ordinal: number): Promise<void> {
    if (this.#pods.has(ordinal)) return;
    const name = `${set}-${ordinal}`;
    const claim = this.#options.persistence ? this.ensureClaim(ordinal) : undefined;
    const object = this.api.store.create('pods', {
      metadata: { name, labels },
      spec: {
        nodeName: 'node',
        volumes:
          claim === undefined
            ? [{ name: 'data', emptyDir: {} }]
            : [{ name: 'data', persistentVolumeClaim: { claimName: claim.metadata.name } }],
      },
      status: { phase: 'Running', podIP: this.address(ordinal) },
    });
    const { uid } = object.metadata;
    const directory = join(this.#directory, 'pods', uid);
    const { traced } = this.#options;
    const pod = new Pod({
      name,
      ordinal,
      uid,
      directory,
      volume: claim === undefined ? join(directory, 'data') : this.#placeOn(claim, ordinal),
      address: this.address(ordinal),
      programs: await (traced ? this.effects.programs(this.#image) : programs(this.#image)),
      programsInFront: this.#policy === undefined ? [] : [this.#policy.programs],
      startedBy: this.#names?.startedBy ?? [],
      traced,
      args: [...flags, ...this.#options.flags],
      gracePeriodSeconds: this.#options.gracePeriodSeconds,
      kubeconfig: client => this.api.kubeconfigFor(client),
      env: {
        POD_NAMESPACE: namespace,
        STATEFULSET: set,
        RECORD: record,
        MEMBER_HOST: this.#names?.pattern ?? `${this.#loopback.prefix}%s`,
        SELECTOR: Object.entries(labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(','),
        PERSISTENCE: String(this.#options.persistence),
        GRACE_PERIOD_SECONDS: String(this.#options.gracePeriodSeconds),
        UPKEEP_INTERVAL: String(this.#options.upkeepSeconds),
        LOOK_INTERVAL: String(this.#options.lookSeconds),
        PATIENCE: String(this.#options.patienceSeconds),
        ...(claim !== undefined && this.#options.shared
          ? { CLAIM: claim.metadata.name, SHARED_DIR: this.#volumeOf(claim) }
          : {}),
        ...(traced ? this.effects.env : {}),
        ...this.#policy?.env,
      },
    });
    this.#pods.set(ordinal, pod);
    await pod.start();
  }

  /** Deletes pods and returns when they are gone; nobody starts them again. `force` skips the grace period. */
  async delete(ordinals: readonly number[], options: { force?: boolean } = {}): Promise<void> {
    await Promise.all(
      ordinals.map(async ordinal => {
        const pod = this.pod(ordinal);
        this.api.store.delete('pods', pod.name);
        await (options.force ? pod.kill() : pod.stop());
        this.#past.push({ name: pod.name, lines: pod.lines });
        this.#pods.delete(ordinal);
        await pod.remove();
        this.api.store.finish(pod.name);
      }),
    );
  }

  /** Deletes pods and starts new ones of the same names, as `kubectl delete pod` comes to. */
  async replace(ordinals: readonly number[], options: { force?: boolean } = {}): Promise<void> {
    await Promise.all(
      ordinals.map(async ordinal => {
        await this.delete([ordinal], options);
        await this.start(ordinal);
      }),
    );
  }

  /**
   * Gives a running pod's name to another pod, as a forced deletion on a node that is out of reach does: the
   * processes go on and know nothing of it. With `claim` the claim is another one too.
   */
  usurp(ordinal: number, options: { claim?: boolean } = {}): void {
    const { name } = this.pod(ordinal);
    const { store } = this.api;
    if (options.claim) this.deleteClaim(ordinal);
    store.delete('pods', name);
    store.finish(name);
    if (options.claim) this.ensureClaim(ordinal);
    store.create('pods', { metadata: { name, labels }, spec: { nodeName: 'another' } });
  }

  /** Deletes an ordinal's claim: its volume is lost as soon as no pod uses it. Of a shared one, its directory goes. */
  deleteClaim(ordinal: number): void {
    if (this.#options.shared) rmSync(this.volume(ordinal), { recursive: true, force: true });
    else this.api.store.delete('persistentvolumeclaims', this.#claimName(ordinal));
  }

  /** Deletes pods by force, and their volumes with them. */
  async lose(ordinals: readonly number[]): Promise<void> {
    for (const ordinal of ordinals) this.deleteClaim(ordinal);
    await this.delete(ordinals, { force: true });
  }

  get replicas(): number {
    return Number(this.api.store.get('statefulsets', set).spec?.replicas);
  }

  /** Sets `spec.replicas` without doing anything about it. */
  setReplicas(replicas: number): void {
    this.api.store.patch('statefulsets', set, 'merge', { spec: { replicas } });
  }

  /** `kubectl scale`: every pod above goes at once, every missing one starts; returns when the pods are gone. */
  async scale(replicas: number, options: { force?: boolean } = {}): Promise<void> {
    this.setReplicas(replicas);
    const surplus = this.pods.map(pod => pod.ordinal).filter(ordinal => ordinal >= replicas);
    await Promise.all([
      this.start(...Array.from({ length: replicas }, (_, ordinal) => ordinal)),
      this.delete(surplus, options),
    ]);
  }

  /** `waitFor` that ends with the test. */
  waitFor<T>(condition: Parameters<typeof waitFor<T>>[0], options: WaitOptions): Promise<T> {
    return waitFor(condition, { signal: this.signal, ...options });
  }

  /** Waits until a container of a pod has logged a line that matches; returns the line. */
  line(ordinal: number, pattern: RegExp, options: { timeout?: number } = {}): Promise<string> {
    return this.waitFor(() => this.pod(ordinal).lines.find(line => pattern.test(line)), {
      what: `${set}-${ordinal} logs ${pattern}`,
      ...options,
    });
  }

  /** Waits until a container of a pod has observed the whole state `count` times more: it has had its chances. */
  async looks(ordinal: number, count: number, container: 'etcd' | 'keeper' = 'etcd'): Promise<void> {
    const asker = `${this.pod(ordinal).name}.${container}`;
    // Every observation asks for the StatefulSet, once.
    const looks = () =>
      this.api.requests.filter(({ client, plural }) => client === asker && plural === 'statefulsets').length;
    const before = looks();
    await this.waitFor(() => looks() >= before + count, { what: `${asker} looks ${count} times more` });
  }

  /**
   * Waits until a pod says, in a line that matches, that it waits, and has looked at the state again since
   * then; throws when it has started etcd all the same.
   */
  async waits(ordinal: number, pattern: RegExp): Promise<void> {
    const said = new RegExp(`^wait: .*${pattern.source}`);
    await this.line(ordinal, said);
    await this.looks(ordinal, 2);
    const pod = this.pod(ordinal);
    if (pod.hasStartedEtcd) throw new Error(`${pod.name} said that it waits, but started etcd`);
  }

  /** Replaces the data of the record, as somebody who puts back an old one does. */
  setRecord(data: Record<string, string>): void {
    this.api.store.patch('configmaps', record, 'merge', { data });
  }

  /** Requests a restore, in place of an earlier request, as a user or a `helm upgrade` does. */
  request(request: { id: string; member: number; archive?: string; force?: boolean }): void {
    const { id, member, archive, force = false } = request;
    const data = {
      id,
      member: String(member),
      ...(archive === undefined ? {} : { archive }),
      force: String(force),
    };
    const { store } = this.api;
    const before = store.find('configmaps', restore)?.data;
    if (before === undefined) {
      store.create('configmaps', { metadata: { name: restore }, data });
      return;
    }
    const dropped = Object.fromEntries(Object.keys(before).map(key => [key, null]));
    store.patch('configmaps', restore, 'merge', { data: { ...dropped, ...data } });
  }

  /** Requests a restore with exactly this data, in place of an earlier request. */
  requestRaw(data: Record<string, string>): void {
    this.withdraw();
    this.api.store.create('configmaps', { metadata: { name: restore }, data });
  }

  /** Withdraws the request, if there is one. */
  withdraw(): void {
    const { store } = this.api;
    if (store.find('configmaps', restore) !== undefined) store.delete('configmaps', restore);
  }

  /** Removes the labels from the claim of an ordinal. */
  unlabelClaim(ordinal: number): void {
    const { labels: present = {}, name } = this.ensureClaim(ordinal).metadata;
    const removed = Object.fromEntries(Object.keys(present).map(key => [key, null]));
    this.api.store.patch('persistentvolumeclaims', name, 'merge', { metadata: { labels: removed } });
  }

  /** Creates the pod of an ordinal as one that cannot be scheduled. */
  pend(ordinal: number, message: string): void {
    this.api.store.create('pods', {
      metadata: { name: `${set}-${ordinal}`, labels },
      spec: { volumes: [] },
      status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message }] },
    });
  }

  /** Deletes the record. */
  deleteRecord(): void {
    this.api.store.delete('configmaps', record);
  }

  /** Creates a record that nobody but the test has written, owned by the claims of these ordinals. */
  createRecord(data: Record<string, string>, owners: readonly number[]): void {
    const ownerReferences = owners
      .map(ordinal => this.ensureClaim(ordinal))
      .map(({ apiVersion, kind, metadata: { name, uid } }) => ({ apiVersion, kind, name, uid }));
    this.api.store.create('configmaps', { metadata: { name: record, ownerReferences }, data });
  }

  /** Sets or (undefined) removes the generation on the claim of an ordinal. */
  annotate(ordinal: number, generation: string | undefined): void {
    if (this.#options.shared) {
      const file = join(this.volume(ordinal), 'generation');
      mkdirSync(this.volume(ordinal), { recursive: true });
      if (generation === undefined) rmSync(file, { force: true });
      else writeFileSync(file, `${generation}\n`);
      return;
    }
    this.api.store.patch('persistentvolumeclaims', this.ensureClaim(ordinal).metadata.name, 'merge', {
      metadata: { annotations: { [generationAnnotation]: generation ?? null } },
    });
  }

  /** Returns the generation that the claim of an ordinal bears. */
  annotation(ordinal: number): string | undefined {
    if (this.#options.shared) {
      const file = join(this.volume(ordinal), 'generation');
      return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
    }
    return this.claim(ordinal)?.metadata.annotations?.[generationAnnotation];
  }

  /** Returns the ordinal of the member that leads, asked of another one. */
  async leader(askedOf: number): Promise<number> {
    const { leaderId } = await this.member(askedOf).status();
    const members = await this.member(askedOf).members();
    const url = members.find(({ id }) => id === leaderId)?.peerUrl;
    const found = this.pods.find(pod => this.peerUrl(pod.ordinal) === url);
    if (found === undefined) throw new Error(`no pod of this set leads (leader ${leaderId})`);
    return found.ordinal;
  }

  /** Makes the member of an ordinal the leader and waits until it is. */
  async lead(ordinal: number): Promise<void> {
    await this.waitFor(
      async () => {
        const leader = await this.leader(ordinal);
        if (leader === ordinal) return true;
        const { memberId } = await this.member(ordinal).status();
        await this.member(leader).moveLeader(memberId);
        return false;
      },
      { what: `etcd-${ordinal} leads` },
    );
  }

  /** Returns the member list as one of the members tells it, as soon as it does: an election takes a moment. */
  members(askedOf: number): Promise<Member[]> {
    return this.#answer(`etcd-${askedOf} lists the members`, () => this.member(askedOf).members());
  }

  /** Returns what a call answers, tried again while it fails: what takes too long fails by the deadline. */
  async #answer<T>(what: string, call: () => Promise<T>): Promise<T> {
    const { answer } = await this.waitFor(async () => ({ answer: await call() }), { what });
    return answer;
  }

  /** Returns the first member listed at an ordinal's peer URL, asked of another one. */
  async listed(ordinal: number, askedOf: number): Promise<Member | undefined> {
    const members = await this.member(askedOf).members();
    return members.find(member => member.peerUrl === this.peerUrl(ordinal));
  }

  /**
   * Waits until exactly these ordinals are voters, nobody else is listed, and each takes a write through its
   * own endpoint; returns the member list.
   */
  voters(ordinals: readonly number[], options: { timeout?: number } = {}): Promise<Member[]> {
    const urls = ordinals.map(ordinal => this.peerUrl(ordinal)).sort((a, b) => a.localeCompare(b));
    return this.waitFor(
      async () => {
        const [first = 0] = ordinals;
        const members = await this.member(first).members();
        const listed = members.map(member => (member.learner ? 'learner' : member.peerUrl));
        if (JSON.stringify(listed) !== JSON.stringify(urls))
          throw new Error(`listed: ${JSON.stringify(members)}`);
        for (const ordinal of ordinals) await this.member(ordinal).put('healthy', String(ordinal));
        return members;
      },
      {
        what: `exactly the voters ${ordinals.join(', ')}, each taking a write`,
        timeout: 150_000,
        ...options,
      },
    );
  }

  /** Founds and joins: starts every pod the StatefulSet wants and waits until all are voters. */
  async up(): Promise<Member[]> {
    const ordinals = Array.from({ length: this.replicas }, (_, ordinal) => ordinal);
    await this.start(...ordinals);
    return this.voters(ordinals);
  }

  /** Waits until the record says `formed`. */
  async formed(): Promise<void> {
    await this.waitFor(() => this.record?.data?.phase === 'formed', { what: 'the record says formed' });
  }

  /** Writes keys through a member, each until it is acknowledged, and remembers them. */
  async write(ordinal: number, count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const key = `key-${this.#nextKey++}`;
      await this.#answer(`etcd-${ordinal} acknowledges ${key}`, () => this.#put(ordinal, key));
    }
  }

  /** Tries to write one new key through a member; remembers it when it was acknowledged, throws otherwise. */
  tryWrite(ordinal: number): Promise<void> {
    return this.#put(ordinal, `key-${this.#nextKey++}`);
  }

  async #put(ordinal: number, key: string): Promise<void> {
    await this.member(ordinal).put(key, `value of ${key}`);
    this.#written[key] = `value of ${key}`;
  }

  /** Forgets the acknowledged writes: they went with the last volume. */
  forgetWrites(): void {
    for (const key of Object.keys(this.#written)) delete this.#written[key];
  }

  /** How many writes were acknowledged. */
  get acknowledged(): number {
    return Object.keys(this.#written).length;
  }

  /** Whether a volume that is there holds data which etcd has written, and which was not put aside. */
  holdsData(ordinal: number): boolean {
    const claim = this.claim(ordinal);
    if (claim === undefined) return false;
    const volume = this.#placeOn(claim, ordinal);
    return (
      existsSync(volume) &&
      readdirSync(volume).some(name => name !== 'archive' && existsSync(join(volume, name, 'member', 'wal')))
    );
  }

  /** Returns what the last pod of an ordinal that is gone had logged. */
  lastWords(ordinal: number): string[] {
    return this.#past.findLast(({ name }) => name === `${set}-${ordinal}`)?.lines ?? [];
  }

  /** Throws unless a member has every acknowledged write, whether it has a quorum or not; else returns true. */
  async nothingLostLocally(ordinal: number): Promise<true> {
    await this.#compare(ordinal, true);
    return true;
  }

  async #compare(ordinal: number, local: boolean): Promise<void> {
    const all = await this.#answer(`etcd-${ordinal} reads`, () => this.member(ordinal).all({ local }));
    const keys = Object.keys(this.#written);
    const lost = keys.filter(key => all[key] !== this.#written[key]);
    if (lost.length > 0) {
      const asked = local ? 'locally' : 'linearizably';
      throw new Error(
        `${set}-${ordinal} (${asked}) lost ${lost.length} of ${keys.length} writes: ${lost[0]}`,
      );
    }
  }

  /** Throws unless every acknowledged write is there, asked of each member linearizably and locally. */
  async nothingLost(...ordinals: number[]): Promise<void> {
    for (const ordinal of ordinals) {
      await this.#compare(ordinal, false);
      await this.#compare(ordinal, true);
    }
  }

  /**
   * Throws unless these members serve the cluster that the record names, and hold the same keys with the same
   * history; else returns true.
   */
  async agree(ordinals: readonly number[]): Promise<true> {
    const { clusterId } = this.record?.data ?? {};
    const revisions = await Promise.all(
      ordinals.map(ordinal => this.#answer('a revision', () => this.member(ordinal).revision())),
    );
    const revision = Math.min(...revisions);
    const seen = await Promise.all(
      ordinals.map(ordinal =>
        this.#answer('a hash', async () => {
          const member = this.member(ordinal);
          return `cluster ${await member.clusterId()}, hash ${await member.hash(revision)}`;
        }),
      ),
    );
    const different = new Set(seen);
    if (different.size > 1 || !seen[0]?.startsWith(`cluster ${clusterId},`)) {
      throw new Error(
        `at revision ${revision}, with the record's cluster ${clusterId}, members ${ordinals.join(', ')} say: ${seen.join('; ')}`,
      );
    }
    return true;
  }

  /** Returns the whole state for a failure message: objects, member lists, volumes, last log lines. */
  async describe(): Promise<string> {
    const parts: string[] = [];
    const { store } = this.api;
    parts.push(`replicas: ${this.replicas}`, `record: ${JSON.stringify(this.record ?? 'none')}`);
    for (const claim of store.list('persistentvolumeclaims')) {
      const files = await readdir(this.#volumeOf(claim)).catch(() => []);
      const { name, uid, annotations, deletionTimestamp } = claim.metadata;
      parts.push(`claim ${JSON.stringify({ name, uid, annotations, deletionTimestamp, files })}`);
    }
    for (const pod of this.pods) {
      const list = await this.member(pod.ordinal)
        .members({ local: true })
        .then(members => JSON.stringify(members), String);
      parts.push(
        `--- ${pod.name} (uid ${pod.uid}, ${pod.address}; etcd started ${pod.etcd.starts} times, last ${pod.etcd.lastExit}; keeper ${pod.keeper.starts})`,
        `members: ${list}`,
        ...pod.lines.slice(-30).map(line => `  ${line}`),
        ...pod.etcd.log
          .split('\n')
          .filter(line => /^\{"level":"(warn|error|fatal|panic)"/.test(line))
          .slice(-8)
          .map(line => `  ${line.slice(0, 400)}`),
      );
    }
    for (const { name, lines } of this.#past) {
      parts.push(`--- ${name}, gone`, ...lines.slice(-12).map(line => `  ${line}`));
    }
    return parts.join('\n');
  }

  /** Ends everything that runs and removes everything that was made. */
  async dispose(): Promise<void> {
    await Promise.all(this.pods.map(pod => pod.kill()));
    await this.api.down();
    await this.#names?.server.close();
    await this.#loopback.release();
    await rm(this.#directory, { recursive: true, force: true });
    directories.delete(this.#directory);
  }
}
