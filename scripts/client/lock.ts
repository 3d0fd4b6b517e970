import { randomUUID } from 'node:crypto';
import { type CallOptions, decode, encode, type Gateway, GatewayError, type TxnAnswer } from './gateway.ts';
import { Lease } from './lease.ts';

export interface LockOptions {
  key: string;
  owner: string;
  /** Lease period in seconds: how long a dead holder blocks the others. */
  ttl: number;
  /** Milliseconds before the end of the lease at which a holder stops work; a fifth of the period by default. */
  margin?: number;
  signal?: AbortSignal;
}

/**
 * A lock that is held. A lease alone excludes nobody (a holder that is paused does not notice its end), so
 * every guarded write names the fencing token and etcd refuses it once another holder has come.
 */
export class Lock {
  readonly key: string;
  /** Fencing token: the revision that made the lock's key. Later holders have higher ones. */
  readonly token: bigint;
  private readonly gateway: Gateway;
  private readonly lease: Lease;
  private readonly margin: number;

  private constructor(gateway: Gateway, lease: Lease, key: string, token: bigint, margin: number) {
    this.gateway = gateway;
    this.lease = lease;
    this.key = key;
    this.token = token;
    this.margin = margin;
  }

  /** Waits for the lock and returns it held. Throws when the signal aborts, leaving no claim behind. */
  static async acquire(gateway: Gateway, options: LockOptions): Promise<Lock> {
    const { key, ttl, signal } = options;
    const margin = options.margin ?? ttl * 200;
    // The value tells our own claim from others' when the answer to a first attempt was lost.
    const value = `${options.owner} ${randomUUID()}`;
    let lease: Lease | undefined;
    try {
      for (;;) {
        signal?.throwIfAborted();
        try {
          if (!lease || lease.remaining <= margin) {
            lease?.stop();
            lease = await Lease.grant(gateway, ttl);
          }
          const outcome = await claim(gateway, key, value, lease.id);
          if (outcome.token !== undefined) {
            if (lease.remaining > margin) return new Lock(gateway, lease, key, outcome.token, margin);
            continue;
          }
          await freed(gateway, key, outcome.seen, signal);
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error;
          // No member could take the claim: the next round asks again, no faster than this.
          await new Promise(resume => setTimeout(resume, 100));
        }
      }
    } catch (error) {
      await lease?.revoke().catch(() => {});
      throw error;
    }
  }

  /** Milliseconds for which the holder may work on; zero or less: stop, another may hold the lock soon. */
  get remaining(): number {
    return this.lease.remaining - this.margin;
  }

  /**
   * Writes a key only while this token is the newest; false when etcd refused it because it is not.
   * Throws GatewayError when no answer came: then the write may or may not have been made.
   */
  async write(key: string, value: string, options?: CallOptions): Promise<boolean> {
    const body = {
      compare: [createdAt(this.key, this.token)],
      success: [{ request_put: { key: encode(key), value: encode(value) } }],
    };
    const answer = await this.gateway.callOnce<TxnAnswer>('/v3/kv/txn', body, options);
    return answer.succeeded === true;
  }

  /** Gives the lock up at once. Throws GatewayError; the lease then frees the lock when its time is over. */
  async release(): Promise<void> {
    await this.lease.revoke();
  }

  /** Stops renewing without giving up, as a holder does that hangs or dies. */
  abandon(): void {
    this.lease.stop();
  }
}

const createdAt = (key: string, revision: bigint): object => ({
  key: encode(key),
  target: 'CREATE',
  result: 'EQUAL',
  create_revision: String(revision),
});

/** One try at the lock: our token, or the revision at which somebody else was seen holding it. */
async function claim(
  gateway: Gateway,
  key: string,
  value: string,
  lease: string,
): Promise<{ token: bigint } | { token: undefined; seen: bigint }> {
  const answer = await gateway.call<TxnAnswer>('/v3/kv/txn', {
    compare: [createdAt(key, 0n)],
    success: [{ request_put: { key: encode(key), value: encode(value), lease } }],
    failure: [{ request_range: { key: encode(key) } }],
  });
  const revision = BigInt(answer.header.revision ?? 0);
  if (answer.succeeded) return { token: revision };
  const holder = answer.responses?.[0]?.response_range?.kvs?.[0];
  // Ours from an attempt whose answer was lost; under an older lease of ours it is about to go.
  if (holder && decode(holder.value) === value && holder.lease === lease) {
    return { token: BigInt(holder.create_revision) };
  }
  return { token: undefined, seen: revision };
}

/** Returns when the key may have been deleted after the revision: told so by a watch, or after a second. */
async function freed(
  gateway: Gateway,
  key: string,
  seen: bigint,
  signal: AbortSignal | undefined,
): Promise<void> {
  const stop = new AbortController();
  const watch = {
    create_request: { key: encode(key), start_revision: String(seen + 1n), filters: ['NOPUT'] },
  };
  try {
    const signals = signal ? [signal, stop.signal] : [stop.signal];
    for await (const message of gateway.stream('/v3/watch', watch, {
      timeout: 1000,
      signal: AbortSignal.any(signals),
    })) {
      const { result } = message as { result?: { events?: unknown[]; canceled?: boolean } };
      if (!result || result.canceled || (result.events?.length ?? 0) > 0) return;
    }
  } catch (error) {
    // The watch's time is over, or its member went away: asking again is right in each case.
    if (error instanceof GatewayError) gateway.advance();
  } finally {
    stop.abort();
  }
}
