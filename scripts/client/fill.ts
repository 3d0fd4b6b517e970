import { callMember, encode } from './gateway.ts';

/** Bytes of one value, unless asked otherwise. */
const VALUE_SIZE = 16 * 1024;

/**
 * Writes keys below `fill/` through all endpoints at once until they hold so many bytes, each of them `size`.
 * Throws GatewayError when a member does not take a write within 10 s.
 */
export async function fill(
  endpoints: readonly string[],
  bytes: number,
  size = VALUE_SIZE,
): Promise<{ keys: number }> {
  const value = Buffer.alloc(size, 'etcd').toString('base64');
  const count = Math.ceil(bytes / size);
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
