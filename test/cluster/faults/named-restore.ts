// A restore from what one member has, as a person asks for it: before, asking, and after it.
import { expect } from 'vitest';
import type { FaultScene } from './scenario.ts';

const ordinalOf = (pod: string): number => Number(pod.slice('etcd-'.length));

/** The revisions that a restore leaves out, so that none is given out a second time. */
const GAP = 1_000_000_000;
/** Pods, volumes, 15 s without a quorum, a replayed log and two joins, on a busy machine. */
const TIMEOUT = 240_000;

/** No call is under way any more, and every member has everything that was acknowledged. */
export async function rest(at: FaultScene): Promise<void> {
  await at.workload.pause();
  await at.ask('states', { members: at.endpoints(3), deadline: 60_000 }, 120_000);
}

/** Asks for a restore by hand, as the members' log says. */
export async function askForRestore(at: FaultScene, pod: string, id: string): Promise<void> {
  await at.workload.declareRestore();
  const data = { id, member: String(ordinalOf(pod)) };
  const literals = Object.entries(data).map(([key, value]) => `--from-literal=${key}=${value}`);
  await at.kubectl('create', 'configmap', 'etcd-restore', ...literals);
}

/** Waits until the restore is finished, three voters serve it, and the workload goes on. */
export async function recovered(at: FaultScene, id: string, generation: number): Promise<void> {
  await at.expectVoters(3, TIMEOUT);
  const said = JSON.parse(await at.kubectl('get', 'configmap', 'etcd-cluster', '-o', 'jsonpath={.data}'));
  expect(said).toMatchObject({ phase: 'formed', restored: id });
  expect(said.generation).toMatch(new RegExp(`^${generation}-`));
  const [state] = await at.ask('histories', { members: at.endpoints(3), deadline: 30_000 }, 60_000);
  expect(Number(state?.revision)).toBeGreaterThan(GAP);
  await at.workload.resume();
}
