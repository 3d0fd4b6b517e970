import type { ReadCall } from '../judge/history.ts';
import { encode, type Gateway, GatewayError, type KeyValue, type RangeAnswer } from './gateway.ts';
import { answeredBy, endedWith } from './recorder.ts';

const TIMEOUT = 1500;

/**
 * Reads one key through the gateway's member in use. Returns the call for the record, and the key as etcd has
 * it: undefined when there is none, or when the call failed.
 */
export async function readKey(
  gateway: Gateway,
  key: string,
  linearizable: boolean,
): Promise<{ call: ReadCall; found?: KeyValue | undefined }> {
  const { endpoint } = gateway;
  const start = performance.now();
  const common = () => ({
    kind: 'read' as const,
    linearizable,
    key,
    endpoint,
    start,
    end: performance.now(),
  });
  try {
    const body = { key: encode(key), serializable: !linearizable };
    const { header, kvs } = await gateway.callOnce<RangeAnswer>('/v3/kv/range', body, { timeout: TIMEOUT });
    const found = kvs?.[0];
    const seen = found ? { seen: found.mod_revision } : {};
    return { call: { ...common(), outcome: 'ok', ...answeredBy(header), ...seen }, found };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { call: { ...common(), ...endedWith(error) } };
  }
}
