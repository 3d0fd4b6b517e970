import type { Call, IncrementCall } from '../judge/history.ts';
import { decode, encode, type Gateway, GatewayError, type KeyValue, type TxnAnswer } from './gateway.ts';
import { readKey } from './reader.ts';
import { answeredBy, endedWith } from './recorder.ts';

const TIMEOUT = 1500;

/** Adds one to a counter by read and compare-and-swap, each through another member; returns both calls. */
export async function increment(gateway: Gateway, counter: string): Promise<Call[]> {
  const read = await readKey(gateway, counter, true);
  gateway.advance();
  if (read.call.outcome !== 'ok') return [read.call];
  const swapped = await swap(gateway, counter, read.found);
  gateway.advance();
  return [read.call, swapped];
}

async function swap(gateway: Gateway, counter: string, found: KeyValue | undefined): Promise<IncrementCall> {
  const { endpoint } = gateway;
  const to = found ? Number(decode(found.value)) + 1 : 1;
  const start = performance.now();
  const common = () => ({ kind: 'increment' as const, counter, to, endpoint, start, end: performance.now() });
  const key = encode(counter);
  const body = {
    compare: [{ key, target: 'MOD', result: 'EQUAL', mod_revision: found?.mod_revision ?? '0' }],
    success: [{ request_put: { key, value: encode(String(to)) } }],
  };
  try {
    const answer = await gateway.callOnce<TxnAnswer>('/v3/kv/txn', body, { timeout: TIMEOUT });
    const outcome = answer.succeeded === true ? 'ok' : 'failed';
    return { ...common(), outcome, ...answeredBy(answer.header) };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { ...common(), ...endedWith(error) };
  }
}
