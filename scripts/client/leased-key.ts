import { setTimeout as sleep } from 'node:timers/promises';
import type { LeasedCall } from '../judge/history.ts';
import { encode, Gateway, GatewayError, type Header } from './gateway.ts';
import { Lease } from './lease.ts';
import { readKey } from './reader.ts';
import type { Recorder } from './recorder.ts';

const TTL = 5;
const LOOKS = 10;

/**
 * The life of one key on a lease, from its grant to its end: it must be there while the lease is kept alive and
 * gone once the lease was revoked. Ends early where etcd does not answer, or when the signal aborts.
 */
export async function liveOnLease(
  endpoints: readonly string[],
  key: string,
  recorder: Recorder,
  signal: AbortSignal,
): Promise<void> {
  const gateway = new Gateway(endpoints, 0, recorder.addAttempt);
  let lease: Lease | undefined;
  try {
    lease = await Lease.grant(gateway, TTL);
    const body = { key: encode(key), value: encode(key), lease: lease.id };
    const { header } = await gateway.callOnce<{ header: Header }>('/v3/kv/put', body, { timeout: 1500 });
    const look = async (expected: LeasedCall['expected']): Promise<void> => {
      // Reads have a gateway of their own: they record themselves.
      const { call, found } = await readKey(reads, key, true);
      reads.advance();
      // Only an answer that came within the lease's time says anything.
      if (expected === 'there' && (lease?.remaining ?? 0) <= 0) return;
      const { seen: _, linearizable: __, ...common } = call;
      const there = found !== undefined;
      recorder.add({ ...common, kind: 'leased', expected, there, cluster: header.cluster_id });
    };
    const reads = new Gateway(endpoints);
    for (let n = 0; n < LOOKS && !signal.aborted; n += 1) {
      await look('there');
      await sleep(200, undefined, { signal }).catch(() => {});
    }
    await lease.revoke();
    await look('gone');
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
  } finally {
    lease?.stop();
  }
}
