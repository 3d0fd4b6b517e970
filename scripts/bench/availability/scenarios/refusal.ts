import { until } from '../../../cluster/until.ts';
import type { Pod } from '../../../release/objects.ts';
import { describeSet } from '../../../release/state.ts';
import { waitForVoters } from '../../../release/voters.ts';
import type { Arena } from '../arena.ts';

/** How long a contender without anybody's help gets to do what it cannot do, in milliseconds. */
const PATIENCE = 90_000;

/**
 * What becomes of a pod that a contender has no way to make a member: its etcd's last words once it has ended, or
 * that it is a healthy one of `count` voters all the same. Throws with the set's state when neither happens.
 */
export async function whatHappens(arena: Arena, name: string, uid: string, count: number): Promise<string> {
  const path = arena.core(`pods/${name}`);
  let ended = false;
  await until(
    `${name} is a member, or its etcd has ended`,
    PATIENCE,
    async () => {
      const pod = await arena.api.find<Pod>(path);
      if (pod === undefined || pod.metadata.uid === uid) return false;
      const status = pod.status.containerStatuses?.find(({ name }) => name === 'etcd');
      ended = (status?.restartCount ?? 0) > 0;
      return ended || status?.ready === true;
    },
    () => describeSet(arena.set),
  );
  if (ended) {
    const log = await arena.api.text('GET', `${path}/log?container=etcd&previous=true`);
    return `the etcd of ${name} ends again and again: ${lastWords(log)}`;
  }
  await waitForVoters({ ...arena.set, count, timeout: PATIENCE });
  return `${name} came back under its old member ID with an empty log, and counts for a quorum as if it held what it has acknowledged`;
}

/** Why an etcd ended, from its log: the last line that says so, without its frame. */
export function lastWords(log: string): string {
  const lines = log.split('\n').filter(Boolean);
  const line =
    lines.findLast(line => line.startsWith('panic:') || /"level":"(fatal|panic)"/.test(line)) ??
    lines.at(-1) ??
    'it logs nothing';
  if (!line.startsWith('{')) return line;
  const { msg = '', error = '' } = JSON.parse(line) as { msg?: string; error?: string };
  return [msg, error].filter(Boolean).join(': ');
}
