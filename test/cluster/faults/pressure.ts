// What runs short: room in the database.
import { expect } from 'vitest';
import { encode, type Header, prefixEnd } from '../../../scripts/client/gateway.ts';
import { isReady } from '../../../scripts/release/objects.ts';
import type { Fault, FaultScene } from './scenario.ts';

const QUOTA = 16 * 2 ** 20;
const BALLAST = 'ballast/';
/** More than fit, each well below etcd's limit for one request. */
const PIECES = 64;
const PIECE = 'x'.repeat(QUOTA / 32);
const TIMEOUT = 20_000;
const all = ['etcd-0', 'etcd-1', 'etcd-2'];

interface Alarm {
  memberID: string;
  alarm: string;
}

async function call<T>(at: FaultScene, endpoint: string, path: string, body: object): Promise<T> {
  return (await at.ask('call', { endpoints: [endpoint], path, body, timeout: TIMEOUT })) as T;
}

/** Writes until etcd says that the database may not grow any more. */
async function fill(at: FaultScene): Promise<void> {
  for (let piece = 0; piece < PIECES; piece += 1) {
    const body = { key: encode(`${BALLAST}${piece}`), value: encode(PIECE) };
    try {
      await call(at, at.member(0), '/v3/kv/put', body);
    } catch (error) {
      expect(String(error)).toContain('database space exceeded');
      return;
    }
  }
  throw new Error(`etcd took ${PIECES} pieces of ${PIECE.length} bytes with a quota of ${QUOTA}`);
}

/** What a client does about it: delete, compact, defragment every member, disarm. */
async function makeRoom(at: FaultScene): Promise<void> {
  const service = at.service();
  const range = { key: encode(BALLAST), range_end: prefixEnd(BALLAST) };
  const deletion = await call<{ header: Header }>(at, service, '/v3/kv/deleterange', range);
  const revision = deletion.header.revision ?? '';
  await call(at, service, '/v3/kv/compaction', { revision, physical: true });
  for (const member of at.endpoints(3)) await call(at, member, '/v3/maintenance/defragment', {});
  const { alarms = [] } = await call<{ alarms?: Alarm[] }>(at, service, '/v3/maintenance/alarm', {
    action: 'GET',
  });
  expect(alarms.map(({ alarm }) => alarm)).toContain('NOSPACE');
  for (const alarm of alarms) {
    await call(at, service, '/v3/maintenance/alarm', { action: 'DEACTIVATE', ...alarm });
  }
}

/** Each pod's readiness and number of restarts. */
async function podStates(at: FaultScene): Promise<{ uid: string; ready: boolean; restarts: number[] }[]> {
  const pods = await Promise.all(all.map(name => at.pod(name)));
  return pods.map(pod => ({
    uid: pod.metadata.uid,
    ready: isReady(pod),
    restarts: pod.status.containerStatuses?.map(({ restartCount }) => restartCount) ?? [],
  }));
}

export const pressureFaults: readonly Fault[] = [
  {
    name: 'quota reached',
    class: 'pressure',
    representative: true,
    values: { config: { quotaBackendBytes: QUOTA } },
    run: async at => {
      const before = await podStates(at);
      await fill(at);
      expect(await podStates(at), 'a full database restarts nobody, and all stay Ready').toEqual(before);
      await makeRoom(at);
      const written = await at.workload.acknowledged();
      await at.until('clients write again', async () => (await at.workload.acknowledged()) > written);
      expect(await podStates(at)).toEqual(before);
    },
  },
];
