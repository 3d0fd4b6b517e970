import type { Generations } from './generations.ts';
import type { MemberState } from './history.ts';

/** The cluster ID changes only where a scenario has declared it. */
export function clusterFaults({ undeclared, clusters }: Generations): string[] {
  if (undeclared === 0) return [];
  return [`the cluster ID changed, and nobody had asked for it: ${clusters.join(', then ')}`];
}

/** All members are of the cluster that answered last, have one HashKV at one revision, and are different members. */
export function memberFaults(states: readonly MemberState[], generations: Generations): string[] {
  const faults: string[] = [];
  const [first, ...others] = states;
  if (!first) return ['no member told its state'];
  const last = generations.clusters.at(-1);
  if (last !== undefined && first.clusterId !== last) {
    faults.push(`${first.endpoint} is of cluster ${first.clusterId}, the last call was answered by ${last}`);
  }
  for (const other of others) {
    for (const what of ['clusterId', 'revision', 'compacted', 'hash'] as const) {
      if (other[what] === first[what]) continue;
      faults.push(`${what} is ${first[what]} on ${first.endpoint} and ${other[what]} on ${other.endpoint}`);
    }
  }
  const ids = new Set(states.map(({ memberId }) => memberId));
  if (ids.size < states.length) faults.push(`two endpoints lead to one member: ${[...ids].join(', ')}`);
  return faults;
}
