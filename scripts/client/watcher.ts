import { setTimeout as sleep } from 'node:timers/promises';
import type { Watcher, WatchStream } from '../judge/history.ts';
import {
  decode,
  encode,
  Gateway,
  type Header,
  type KeyValue,
  prefixEnd,
  type RangeAnswer,
} from './gateway.ts';

/** A stream that says nothing for so long may hang on a member that is cut off. */
const SILENCE = 3000;
/** Longer than any scenario: a stream ends by silence. */
const STREAM_TIMEOUT = 3_600_000;

interface WatchMessage {
  result?: {
    header?: Header;
    canceled?: boolean;
    compact_revision?: string;
    events?: { kv: KeyValue }[];
  };
}

/** Watches a prefix through one member after the other and keeps every event; each stream goes on where the last ended. */
export class PrefixWatcher {
  readonly record: Watcher;
  private readonly gateway: Gateway;
  private readonly stopping = new AbortController();
  private readonly finished: Promise<void>;
  private next: bigint | undefined;
  private cluster: string | undefined;

  constructor(endpoints: readonly string[], prefix: string, first: number) {
    this.gateway = new Gateway(endpoints, first);
    this.record = { prefix, streams: [] };
    this.finished = this.run();
    // Told by stop(); unheard until then it would end the whole program.
    this.finished.catch(() => {});
  }

  /** Whether every event up to a revision of a cluster was seen. */
  hasSeen(cluster: string, revision: bigint): boolean {
    return this.cluster === cluster && this.next !== undefined && this.next > revision;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.finished;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        this.next ??= await this.revisionAfterNow();
        await this.watch(this.next);
      } catch {
        // The member went away or is silent: the next one goes on from here.
      }
      this.gateway.advance();
      await sleep(100, undefined, { signal: this.stopping.signal }).catch(() => {});
    }
  }

  private async revisionAfterNow(): Promise<bigint> {
    const { header } = await this.gateway.callOnce<RangeAnswer>('/v3/kv/range', { key: 'AA==', limit: '1' });
    this.cluster = header.cluster_id;
    return BigInt(header.revision ?? 0) + 1n;
  }

  private async watch(from: bigint): Promise<void> {
    const { prefix, streams } = this.record;
    const stream: WatchStream = {
      endpoint: this.gateway.endpoint,
      start: performance.now(),
      from: String(from),
      events: [],
    };
    streams.push(stream);
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), SILENCE);
    const create_request = {
      key: encode(prefix),
      range_end: prefixEnd(prefix),
      start_revision: String(from),
    };
    try {
      const signal = AbortSignal.any([this.stopping.signal, silence.signal]);
      const options = { timeout: STREAM_TIMEOUT, signal };
      for await (const message of this.gateway.stream('/v3/watch', { create_request }, options)) {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE);
        if (!this.take(stream, (message as WatchMessage).result)) return;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** False when the stream is of no further use. */
  private take(stream: WatchStream, result: WatchMessage['result']): boolean {
    if (!result) return false;
    const { header, canceled, compact_revision, events = [] } = result;
    if (header) {
      stream.cluster = header.cluster_id;
      const isNew = this.cluster !== header.cluster_id;
      this.cluster = header.cluster_id;
      // A new cluster with a shorter history than what we saw: it has nothing of the old one.
      if (isNew && this.next !== undefined && BigInt(header.revision ?? 0) < this.next) {
        this.next = 1n;
        return false;
      }
    }
    for (const { kv } of events) {
      stream.events.push([kv.mod_revision, decode(kv.key)]);
      this.next = BigInt(kv.mod_revision) + 1n;
    }
    if (!canceled) return true;
    if (compact_revision !== undefined && compact_revision !== '0') {
      stream.compacted = compact_revision;
      this.next = BigInt(compact_revision);
    }
    return false;
  }
}
