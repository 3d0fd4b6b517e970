import { createHash } from 'node:crypto';

/** One entry of etcd's member list. */
export interface Member {
  /** Sixteen hex digits. */
  id: string;
  /** Empty until it has started. */
  name: string;
  peerUrl: string;
  learner: boolean;
}

export interface Status {
  memberId: string;
  leaderId: string;
  version: string;
  learner: boolean;
}

interface Answer {
  header?: { cluster_id?: string; member_id?: string; revision?: string };
  kvs?: { key: string; value: string }[];
  members?: { ID: string; name?: string; peerURLs: string[]; isLearner?: boolean }[];
  leader?: string;
  version?: string;
  isLearner?: boolean;
}

const encode = (text: string) => Buffer.from(text).toString('base64');
const decode = (text: string) => Buffer.from(text, 'base64').toString('utf8');
const hex = (decimal: string | undefined) =>
  BigInt(decimal ?? '0')
    .toString(16)
    .padStart(16, '0');

const sha1 = (data: string | Buffer) => createHash('sha1').update(data).digest().subarray(0, 8);

/** Returns the IDs that etcd computes for a cluster of one member: from its peer URL and the token. */
export function founderIds(peerUrl: string, token: string): { memberId: string; clusterId: string } {
  const member = sha1(`${peerUrl}${token}`);
  return { memberId: member.toString('hex'), clusterId: sha1(member).toString('hex') };
}

/** A client of one member through etcd's JSON gateway. Every call throws when it is not answered in time. */
export class Gateway {
  readonly host: string;

  constructor(host: string) {
    this.host = host;
  }

  async #post(path: string, body: object, timeout = 3_000): Promise<Answer> {
    const url = `http://${this.host}:2379/v3/${path}`;
    const response = await fetch(url, {
      method: 'POST',
      body: JSON.stringify(body),
      // A kept connection to a member that was killed would fail the next call.
      headers: { Connection: 'close' },
      signal: AbortSignal.timeout(timeout),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.trim()}`);
    return JSON.parse(text) as Answer;
  }

  /** Writes a key; returns when the cluster has acknowledged it. */
  async put(key: string, value: string): Promise<void> {
    await this.#post('kv/put', { key: encode(key), value: encode(value) });
  }

  /** Returns every key with its value; linearizable unless `local`, which asks this member alone. */
  async all(options: { local?: boolean } = {}): Promise<Record<string, string>> {
    const { kvs = [] } = await this.#post('kv/range', {
      key: encode('\0'),
      range_end: encode('\0'),
      serializable: options.local ?? false,
    });
    return Object.fromEntries(kvs.map(({ key, value }) => [decode(key), decode(value)]));
  }

  /** Returns the member list; linearizable unless `local`. */
  async members(options: { local?: boolean } = {}): Promise<Member[]> {
    const { members = [] } = await this.#post('cluster/member/list', {
      linearizable: !(options.local ?? false),
    });
    return members
      .map(member => ({
        id: hex(member.ID),
        name: member.name ?? '',
        peerUrl: member.peerURLs[0] ?? '',
        learner: member.isLearner ?? false,
      }))
      .sort((a, b) => a.peerUrl.localeCompare(b.peerUrl));
  }

  /**
   * Returns the member list as this member's peers are told it. Needs no quorum, where a member that starts
   * without one answers no client at all.
   */
  async membersForPeers(): Promise<Member[]> {
    const url = `http://${this.host}:2380/members`;
    const response = await fetch(url, {
      headers: { Connection: 'close' },
      signal: AbortSignal.timeout(3_000),
    });
    // IDs are numbers there, and too large for those of JavaScript.
    const text = (await response.text()).replace(/"id":(\d+)/g, '"id":"$1"');
    const members = JSON.parse(text) as {
      id: string;
      name?: string;
      peerURLs: string[];
      isLearner?: boolean;
    }[];
    return members.map(({ id, name = '', peerURLs: [peerUrl = ''], isLearner = false }) => ({
      id: hex(id),
      name,
      peerUrl,
      learner: isLearner,
    }));
  }

  /** Returns the sixteen hex digits of the cluster ID that this member serves. */
  async clusterId(): Promise<string> {
    const { header } = await this.#post('cluster/member/list', { linearizable: false });
    return hex(header?.cluster_id);
  }

  /** Returns whether the member serves its own data, with or without a quorum. */
  async isAlive(): Promise<boolean> {
    const response = await fetch(`http://${this.host}:2381/livez`, { signal: AbortSignal.timeout(3_000) });
    return response.ok;
  }

  /** Returns whether the member is a voter and has a quorum; false also when it does not answer. */
  async isReady(): Promise<boolean> {
    const url = `http://${this.host}:2381/readyz`;
    return fetch(url, { signal: AbortSignal.timeout(3_000) }).then(
      response => response.ok,
      () => false,
    );
  }

  /** Returns who the member is and who leads; throws without a leader. */
  async status(): Promise<Status> {
    const { header, leader, version = '', isLearner = false } = await this.#post('maintenance/status', {});
    return { memberId: hex(header?.member_id), leaderId: hex(leader), version, learner: isLearner };
  }

  /** Returns the revision that the cluster, not this member alone, is at. */
  async revision(): Promise<number> {
    const { header } = await this.#post('kv/range', { key: encode('\0'), count_only: true });
    return Number(header?.revision);
  }

  /** Returns the hash over all keys and their history up to a revision, as this member holds them. */
  async hash(revision: number): Promise<number> {
    const answer = await this.#post('maintenance/hashkv', { revision });
    return (answer as { hash?: number }).hash ?? 0;
  }

  /** Adds a member that nobody starts, or a learner of that URL; returns its ID. */
  async addMember(peerUrls: string | readonly string[], learner: boolean): Promise<string> {
    const peerURLs = typeof peerUrls === 'string' ? [peerUrls] : peerUrls;
    const answer = await this.#post('cluster/member/add', { peerURLs, isLearner: learner }, 10_000);
    const id = (answer as { member?: { ID?: string } }).member?.ID;
    return hex(id);
  }

  /** Raises the alarm CORRUPT for a member, as etcd's own comparison of hashes does. */
  async raiseCorrupt(id: string): Promise<void> {
    const memberID = BigInt(`0x${id}`).toString();
    await this.#post('maintenance/alarm', { action: 'ACTIVATE', memberID, alarm: 'CORRUPT' });
  }

  /** Disarms every alarm, as `etcdctl alarm disarm` does. */
  async disarm(): Promise<void> {
    const { alarms = [] } = (await this.#post('maintenance/alarm', { action: 'GET' })) as {
      alarms?: { memberID?: string; alarm?: string }[];
    };
    for (const { memberID = '0', alarm = 'NONE' } of alarms) {
      await this.#post('maintenance/alarm', { action: 'DEACTIVATE', memberID, alarm });
    }
  }

  /** Makes another voter the leader; only the leader itself can. */
  async moveLeader(id: string): Promise<void> {
    await this.#post('maintenance/transfer-leadership', { targetID: BigInt(`0x${id}`).toString() });
  }

  /** Lets the cluster run an older minor, such as `3.6`. */
  async enableDowngrade(version: string): Promise<void> {
    await this.#post('maintenance/downgrade', { action: 'ENABLE', version });
  }

  async removeMember(id: string): Promise<void> {
    await this.#post('cluster/member/remove', { ID: BigInt(`0x${id}`).toString() }, 10_000);
  }
}
