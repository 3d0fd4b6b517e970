import { Channel } from './prober-channel.ts';
import { answeringMember, type MemberRole, putRequest, roleOf } from './prober-messages.ts';

export interface ProberOptions {
  /** The members' own endpoints, by ordinal. Some may not be there yet. */
  members: readonly string[];
  /** How many of them, from the first on, the lane `members` writes through; all of them by default. */
  writeThrough?: number;
  /** The endpoint of the client Service. */
  service: string;
  /**
   * ID of the member on which the connection of the lane `service` shall begin: the one that is about to be
   * stopped, since that is the worst place to be.
   */
  serviceMember?: string;
  /**
   * Milliseconds within which a connection to the Service must lead to that member, 10000 by default: for a second or
   * so after a pod has become ready its node's rules may not lead to it yet.
   */
  connectWithin?: number;
  /** Milliseconds from one write of a lane to the next, 10 by default. */
  interval?: number;
}

/**
 * One write: when it was due, when it was answered for good (milliseconds since the origin), and how: by the
 * first attempt, by the second, or not at all.
 */
export type ProbeCall = readonly [due: number, done: number, outcome: 'first' | 'second' | 'failed'];

export interface LaneReport {
  name: 'members' | 'service';
  calls: ProbeCall[];
  /** Why attempts failed: each reason with its number. */
  errors: Record<string, number>;
}

/** What one member was from a moment on: `silent` when it does not answer. */
export type MemberChange = readonly [at: number, state: MemberRole | 'silent'];

export type Stall = readonly [from: number, to: number];

export interface ProberReport {
  /** Epoch milliseconds; all other times count from here. */
  origin: number;
  lanes: LaneReport[];
  /** By ordinal. */
  members: MemberChange[][];
  /** Most milliseconds by which this program was late with a write: what it cannot tell from a gap of etcd's. */
  late: number;
  /** Each time at which it stood still for longer than from one write to the next, from when that write was due. */
  stalls: Stall[];
}

const INTERVAL = 10;
const CALL_TIMEOUT = 1000;
/** Milliseconds before the second attempt: what etcd's own Go client waits between two. */
const RETRY_AFTER = 25;
/** Milliseconds between two connections that look for a member behind the Service. */
const CONNECT_INTERVAL = 20;
const LOOK_INTERVAL = 50;
const LOOK_TIMEOUT = 500;
/** How long a lane leaves a member alone that it could not reach. */
const REST = 100;
const PUT = '/etcdserverpb.KV/Put';
const STATUS = '/etcdserverpb.Maintenance/Status';

/**
 * Measures for how long a client cannot write. Two lanes write: one through the members' own addresses in
 * turn, going to another member when one fails; one through the Service, on one connection. Writes begin by
 * the clock, one every 10 ms, whether or not earlier ones were answered: a client that waits for an answer
 * before it asks again asks least while etcd hangs, and its figures leave out what they are to show
 * (coordinated omission). A write's time counts from when it was due, not from when it was sent. Each has a
 * second attempt 25 ms after a failure, and one second for each attempt. Besides, each member is asked for its
 * status every 50 ms, which it answers by itself, with or without a quorum.
 */
export class Prober {
  private readonly origin = performance.timeOrigin + performance.now();
  private readonly started = performance.now();
  private readonly lanes: Lane[];
  private readonly members: MemberChange[][];
  private readonly looking: Promise<unknown>;
  private readonly clock: NodeJS.Timeout;
  private stopped = false;
  private due = 0;
  private late = 0;
  private readonly stalls: Stall[] = [];

  private constructor(options: ProberOptions, service: Channel) {
    const { members, writeThrough = members.length, interval = INTERVAL } = options;
    const channels = members.slice(0, writeThrough).map(endpoint => new Channel(absolute(endpoint)));
    this.lanes = [new Lane('members', channels), new Lane('service', [service])];
    this.members = members.map(() => []);
    this.looking = Promise.all(members.map((endpoint, ordinal) => this.watch(endpoint, ordinal)));
    this.clock = setInterval(() => this.tick(interval), Math.max(1, interval / 2));
  }

  /** Starts to write. Throws when no connection to the Service leads to the wanted member in time. */
  static async start(options: ProberOptions): Promise<Prober> {
    const { serviceMember, connectWithin = 10_000 } = options;
    const service = new Channel(absolute(options.service));
    if (serviceMember !== undefined) await connectTo(service, serviceMember, connectWithin);
    return new Prober(options, service);
  }

  /** Stops writing; resolves when the last write is answered or has failed. */
  async stop(): Promise<ProberReport> {
    this.stopped = true;
    clearInterval(this.clock);
    await Promise.all([this.looking, ...this.lanes.map(lane => lane.finish())]);
    return this.report();
  }

  /** Everything so far; calls that are not over yet are left out. */
  report(): ProberReport {
    return {
      origin: Math.round(this.origin),
      lanes: this.lanes.map(({ name, calls, errors }) => ({ name, calls, errors })),
      members: this.members,
      late: this.late,
      stalls: this.stalls,
    };
  }

  private now(): number {
    return Math.round((performance.now() - this.started) * 10) / 10;
  }

  private tick(interval: number): void {
    const now = this.now();
    if (this.due <= now) this.late = Math.max(this.late, Math.round(now - this.due));
    if (now - this.due > interval) this.stalls.push([this.due, now]);
    for (; this.due <= now; this.due += interval) {
      for (const lane of this.lanes) lane.begin(this.due, () => this.now());
    }
  }

  private async watch(endpoint: string, ordinal: number): Promise<void> {
    const channel = new Channel(absolute(endpoint));
    const changes = this.members[ordinal] ?? [];
    while (!this.stopped) {
      const began = this.now();
      const state = await look(channel);
      if (changes.at(-1)?.[1] !== state) changes.push([state === 'silent' ? began : this.now(), state]);
      await new Promise(resume => setTimeout(resume, LOOK_INTERVAL - (this.now() - began)));
    }
    channel.leave();
  }
}

class Lane {
  readonly name: LaneReport['name'];
  readonly calls: ProbeCall[] = [];
  readonly errors: Record<string, number> = {};
  private readonly channels: readonly Channel[];
  private readonly restUntil = new Map<Channel, number>();
  private readonly open = new Set<Promise<void>>();
  private turn = 0;

  constructor(name: LaneReport['name'], channels: readonly Channel[]) {
    this.name = name;
    this.channels = channels;
  }

  begin(due: number, now: () => number): void {
    const call = this.write(due, now).finally(() => this.open.delete(call));
    this.open.add(call);
  }

  async finish(): Promise<void> {
    await Promise.all(this.open);
    for (const channel of this.channels) channel.leave();
  }

  private async write(due: number, now: () => number): Promise<void> {
    // The same keys every ten seconds: the database shall not grow while it is measured.
    const request = putRequest(`probe/${this.name}/${due % 10_000}`, Buffer.from(String(due)));
    let tried: Channel | undefined;
    for (const outcome of ['first', 'second'] as const) {
      const channel = this.next(now(), tried);
      tried = channel;
      try {
        await channel.call(PUT, request, CALL_TIMEOUT);
        this.calls.push([due, now(), outcome]);
        return;
      } catch (error) {
        this.restUntil.set(channel, now() + REST);
        const reason = String(error);
        this.errors[reason] = (this.errors[reason] ?? 0) + 1;
        if (outcome === 'first') await new Promise(resume => setTimeout(resume, RETRY_AFTER));
      }
    }
    this.calls.push([due, now(), 'failed']);
  }

  /** The next channel in turn, one that was reached lately and is not `other` if there is any. */
  private next(now: number, other?: Channel): Channel {
    this.turn += 1;
    const first = this.turn % this.channels.length;
    const inTurn = [...this.channels.slice(first), ...this.channels.slice(0, first)];
    const others = inTurn.filter(channel => channel !== other);
    const rested = others.find(channel => (this.restUntil.get(channel) ?? 0) <= now);
    const chosen = rested ?? others[0] ?? other;
    if (!chosen) throw new Error(`the lane ${this.name} has no endpoint`);
    return chosen;
  }
}

async function look(channel: Channel): Promise<MemberChange[1]> {
  try {
    return roleOf(await channel.call(STATUS, Buffer.alloc(0), LOOK_TIMEOUT));
  } catch {
    return 'silent';
  }
}

async function connectTo(channel: Channel, member: string, within: number): Promise<void> {
  const met = new Set<string>();
  const end = performance.now() + within;
  let connections = 0;
  while (performance.now() < end) {
    connections += 1;
    try {
      const found = answeringMember(await channel.call(STATUS, Buffer.alloc(0), CALL_TIMEOUT));
      if (found === member) return;
      met.add(found);
    } catch (error) {
      // A busy machine is no reason to measure nothing: the next connection may lead elsewhere.
      met.add(String(error));
    }
    channel.leave();
    await new Promise(resume => setTimeout(resume, CONNECT_INTERVAL));
  }
  throw new Error(
    `${connections} connections to ${channel.endpoint} in ${within / 1000} s led to ${[...met].join(', ')}, never to ${member}`,
  );
}

/** The same address with a dot at its host's end, so that the resolver does not try its search list first. */
function absolute(endpoint: string): string {
  const url = new URL(endpoint);
  if (/[a-z]$/.test(url.hostname) && url.hostname.includes('.')) url.hostname = `${url.hostname}.`;
  return url.origin;
}
