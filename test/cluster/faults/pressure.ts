// What runs short: room in the database, a quorum for a while, the speed of a disk.
import { expect } from 'vitest';
import { encode, type Header, prefixEnd } from '../../../scripts/client/gateway.ts';
import { isReady } from '../../../scripts/release/objects.ts';
import { withNodesCordoned } from '../support/cordon.ts';
import { etcdOf } from '../support/node.ts';
import { withSlowDisk } from '../support/slow-disk.ts';
import { elapse } from './elapse.ts';
import { survivorWithout, tearOutAndWait } from './lost-quorum.ts';
import { type Fault, type FaultScene, ids } from './scenario.ts';

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
  await at.workload.declareCompaction();
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

/** A liveness probe that would have a member restarted soon, if it asked for more than this member's own life. */
const QUICK_LIVENESS = { periodSeconds: 1, failureThreshold: 3 };
/** Long enough for that probe and for the readiness probe to fail. */
const LOOKED_AT_FOR = 8_000;

const WITHOUT_QUORUM = 180_000;
const BETWEEN_READS = 5000;

/** Reads from one member's own disk, which takes no quorum. Throws when it does not answer. */
async function readOwn(at: FaultScene, ordinal: number): Promise<void> {
  const read = await call(at, at.member(ordinal), '/v3/kv/range', { key: 'AA==', serializable: true });
  expect(read).toHaveProperty('header.revision');
}

/** A healthy disk takes a hundred times as many; etcd writes its log twice for a client's write. */
const WRITES_PER_SECOND = 20;
const SLOW_FOR = 45_000;

/** How often a member wrote its log to disk, and for how many seconds it waited for that. */
async function fsyncs(at: FaultScene, pod: string): Promise<{ count: number; seconds: number }> {
  const metrics = await at.api.text('GET', at.core(`pods/${pod}:2381/proxy/metrics`));
  const value = (name: string): number =>
    Number(new RegExp(`^etcd_disk_wal_fsync_duration_seconds_${name} (.*)$`, 'm').exec(metrics)?.[1]);
  return { count: value('count'), seconds: value('sum') };
}

/** One member's disk becomes very slow: nobody is restarted or replaced, and clients go on. */
function slowDisk(name: string, victim: (at: FaultScene) => Promise<string>): Fault {
  return {
    name,
    class: 'pressure',
    run: async at => {
      const before = await at.voters(3);
      const first = await podStates(at);
      const pod = await victim(at);
      await withSlowDisk(at, pod, WRITES_PER_SECOND, async () => {
        const since = performance.now();
        const [start, written] = [await fsyncs(at, pod), await at.workload.acknowledged()];
        await elapse(at, since, SLOW_FOR);
        const end = await fsyncs(at, pod);
        const mean = (end.seconds - start.seconds) / (end.count - start.count);
        console.error(`${name}: a write of the log took ${Math.round(mean * 1000)} ms on average`);
        expect(mean, 'seconds for one write of the log').toBeGreaterThan(0.05);
        expect(await at.workload.acknowledged()).toBeGreaterThan(written + SLOW_FOR / 1000);
      });
      at.healing();
      expect(ids(await at.expectVoters(3))).toEqual(ids(before));
      expect(await podStates(at), 'nobody is restarted').toEqual(first);
    },
  };
}

export const pressureFaults: readonly Fault[] = [
  {
    name: 'quota reached',
    class: 'pressure',
    representative: true,
    values: { config: { quotaBackendBytes: QUOTA }, livenessProbe: QUICK_LIVENESS },
    run: async at => {
      const before = await podStates(at);
      await fill(at);
      await elapse(at, performance.now(), LOOKED_AT_FOR);
      expect(await podStates(at), 'a full database restarts nobody, and all stay Ready').toEqual(before);
      await makeRoom(at);
      const written = await at.workload.acknowledged();
      await at.until('clients write again', async () => (await at.workload.acknowledged()) > written);
      expect(await podStates(at)).toEqual(before);
    },
  },
  {
    name: 'three minutes without a quorum',
    class: 'pressure',
    values: { livenessProbe: QUICK_LIVENESS },
    run: async at => {
      const before = await at.voters(3);
      const down = ['etcd-0', 'etcd-1'];
      const nodes = await Promise.all(down.map(async pod => (await at.pod(pod)).spec.nodeName ?? ''));
      const [, , survivor] = await podStates(at);
      const process = await etcdOf(at, 'etcd-2');
      await withNodesCordoned(at, nodes, async () => {
        await tearOutAndWait(at, ...down);
        const since = performance.now();
        await at.expectLog('etcd-2', survivorWithout(...down), 'keeper');
        // It never answers worse than that, from the first minute to the last.
        for (let reads = 0; performance.now() - since < WITHOUT_QUORUM; reads += 1) {
          await readOwn(at, 2);
          await elapse(at, since, reads * BETWEEN_READS);
        }
        const [, , now] = await podStates(at);
        expect({ ...now, ready: true }, 'the survivor is not restarted').toEqual(survivor);
        expect(now?.ready, 'and is not in the Service').toBe(false);
        expect(await etcdOf(at, 'etcd-2')).toEqual(process);
      });
      at.healing();
      expect(ids(await at.expectVoters(3))).toEqual(ids(before));
    },
  },
  slowDisk('a very slow disk under the leader', at => at.leader()),
  slowDisk('a very slow disk under a follower', at => at.follower()),
];
