import { callMember, encode } from './gateway.ts';

/** Bytes of one value. */
const VALUE_SIZE = 16 * 1024;

/**
 * Writes keys below `fill/` through all endpoints at once until they hold so many bytes. Throws GatewayError when
 * a member does not take a write within 10 s.
 */
export async function fill(endpoints: readonly string[], bytes: number): Promise<{ keys: number }> {
  const value = Buffer.alloc(VALUE_SIZE, 'etcd').toString('base64');
  const count = Math.ceil(bytes / VALUE_SIZE);
  let next = 0;
  const writer = async (endpoint: string) => {
    while (next < count) {
      const key = encode(`fill/${String(next).padStart(7, '0')}`);
      next += 1;
      await callMember(endpoint, '/v3/kv/put', { key, value }, { timeout: 10_000 });
    }
  };
  await Promise.all([...endpoints, ...endpoints].map(writer));
  return { keys: count };
}
