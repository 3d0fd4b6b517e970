// A majority of the volumes is gone for good: what every scenario of it does, and what must never follow by itself.
import { expect } from 'vitest';
import type { Member } from '../../../scripts/release/members.ts';
import type { Claim, ConfigMap } from '../../../scripts/release/objects.ts';
import { withWorkersCordoned } from '../support/cordon.ts';
import { etcdOf, isAlive, type NodeProcess } from '../support/node.ts';
import { type FaultScene, ids } from './scenario.ts';

/** What a pod says on its new volume when those of a majority are gone. */
export const NOTHING_FORMED =
  /wait: volume is empty and no quorum of cluster [0-9a-f]{16} answers: .*nothing is bootstrapped in its place/;

/** What the keeper of a survivor says, with the names of those that do not answer, in whatever order. */
export const survivorWithout = (...pods: string[]): RegExp =>
  new RegExp(
    `wait: this member has no quorum, which takes a majority of the voters ${pods.map(pod => `(?=.* ${pod}: )`).join('')}.*#no-quorum`,
  );

/** The claim of a pod, or undefined while there is none. */
const findClaim = (at: FaultScene, pod: string): Promise<Claim | undefined> =>
  at.api.find<Claim>(at.core(`persistentvolumeclaims/data-${pod}`));

/** Deletes pods by force and returns when their etcd has ended as well; they stay Pending when nothing takes them. */
export async function tearOutAndWait(at: FaultScene, ...pods: string[]): Promise<void> {
  const running = await Promise.all(pods.map(pod => etcdOf(at, pod).catch((): undefined => undefined)));
  const processes = running.filter((process): process is NodeProcess => process !== undefined);
  await at.tearOut(...pods);
  await at.until(`etcd of ${pods.join(', ')} has ended`, async () => {
    const alive = await Promise.all(processes.map(isAlive));
    return !alive.includes(true);
  });
}

/**
 * Deletes pods by force together with their volumes. The new pods start when the last old process has ended and
 * the last old claim is gone: until then the old members could still be a quorum for the first of the new ones.
 */
export async function loseForGood(at: FaultScene, ...pods: string[]): Promise<void> {
  await withWorkersCordoned(at, async () => {
    const before = await Promise.all(pods.map(pod => findClaim(at, pod)));
    await tearOutAndWait(at, ...pods);
    await at.kubectl('delete', 'persistentvolumeclaim', ...pods.map(pod => `data-${pod}`), '--wait=false');
    await at.until(`the old claims of ${pods.join(', ')} are gone`, async () => {
      const now = await Promise.all(pods.map(pod => findClaim(at, pod)));
      return now.every((claim, index) => claim?.metadata.uid !== before[index]?.metadata.uid);
    });
  });
}

/** The members that the etcd in a pod knows, by its peer port: the client port of one that was restarted is silent. */
async function knownTo(at: FaultScene, pod: string): Promise<string[]> {
  const path = at.core(`pods/${pod}:2380/proxy/members`);
  const text = await at.api.text('GET', path);
  // 64-bit numbers, which JSON.parse would round.
  return [...text.matchAll(/"id":(\d+)/g)].map(([, id]) => BigInt(id ?? 0).toString(16));
}

/**
 * Asserts that the pods with new volumes wait, and have said so twice (the second time after 30 s), that they run
 * no etcd, that the survivors still know their members and no other, and that the record is what it was.
 */
export async function expectNothingFormed(
  at: FaultScene,
  lost: readonly string[],
  survivors: readonly string[],
  before: { members: readonly Member[]; record: ConfigMap },
): Promise<void> {
  const said = new RegExp(NOTHING_FORMED, 'g');
  for (const pod of lost) {
    await at.until(`${pod} has said twice what it waits for`, async () => {
      return [...(await at.log(pod, 'etcd')).matchAll(said)].length >= 2;
    });
  }
  for (const pod of lost) {
    await expect(etcdOf(at, pod), `${pod} has nothing to start`).rejects.toThrow(/runs no etcd/);
  }
  for (const pod of survivors) {
    expect((await knownTo(at, pod)).sort(), `the members as ${pod} knows them`).toEqual(
      ids(before.members).sort(),
    );
  }
  expect((await at.clusterRecord()).data, 'the record').toEqual(before.record.data);
}

/** What `expectNothingFormed` compares with. Call it while all is well. */
export async function wellKnown(at: FaultScene): Promise<{ members: Member[]; record: ConfigMap }> {
  const { replicas } = (await at.statefulSet()).spec;
  const members = await at.voters(replicas);
  await at.until('the record names every member, and all as voters', async () => {
    const { data } = await at.clusterRecord();
    return data?.voters?.split(' ').sort().join() === members.map(({ name }) => name).join();
  });
  return { members, record: await at.clusterRecord() };
}
