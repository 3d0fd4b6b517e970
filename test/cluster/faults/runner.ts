import { appendFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { FaultResult } from '../../../scripts/faults/result.ts';
import { randomFrom } from '../../../scripts/random.ts';
import { type Fault, FaultScene } from './scenario.ts';

/** The fault comes up to so many milliseconds after the workload is at work: at another moment in each run. */
const LATEST = 1000;
const INSTALL_TIMEOUT = 180_000;

/**
 * Installs a release, lets the workload run, breaks things, waits until all wanted members are voters again, and
 * judges the history; a fault that ends without a quorum is judged by its calls. Prints one line of figures and returns them. Throws what the fault asserts, or with all that
 * the judge found. `seed` decides the moment of the fault.
 */
export async function runFault(fault: Fault, seed: number): Promise<FaultResult> {
  const { members = 3, most = members, values = {} } = fault;
  const began = performance.now();
  const at = await FaultScene.open(slug(fault));
  try {
    await at.install({ values: { replicaCount: members, ...values } });
    await at.voters(members, 'etcd', INSTALL_TIMEOUT);
    await at.workload.start(most);
    await at.workload.progress(members, 5);
    await sleep(randomFrom(seed)() * LATEST);
    await at.workload.mark();
    at.healing();
    await fault.run(at);
    const { replicas } = (await at.statefulSet()).spec;
    if (fault.ends === undefined) {
      await at.expectVoters(replicas);
      await at.workload.progress(replicas);
    }
    const { acknowledged, failed, unknown, longestGap, longestGapByService } = await at.workload.report();
    const found = await (fault.ends === undefined
      ? at.workload.judged(replicas)
      : at.workload.judgedByCalls());
    expect(found, 'what the judge found').toEqual([]);
    const result: FaultResult = {
      name: fault.name,
      class: fault.class,
      seed,
      acknowledged,
      failed,
      unknown,
      longestGap,
      longestGapByService,
      ...(at.recovery === undefined ? {} : { recovery: Math.round(at.recovery) }),
      seconds: Math.round((performance.now() - began) / 1000),
    };
    await report(result);
    return result;
  } catch (error) {
    console.error(`=== ${fault.name} (seed ${seed}) failed; the state of its scene:\n${await at.describe()}`);
    throw error;
  } finally {
    await at.close();
  }
}

async function report(result: FaultResult): Promise<void> {
  const { name, acknowledged, failed, unknown, longestGap, longestGapByService, recovery, seconds } = result;
  console.error(
    `${name}: longest gap ${longestGap} ms by members, ${longestGapByService} ms by Service; ${acknowledged} writes acknowledged, ${failed} calls failed, ${unknown} unknown; ${recovery === undefined ? 'no recovery' : `recovery ${recovery} ms`}; ${seconds} s in all`,
  );
  const file = process.env.FAULTS_RESULTS;
  if (file !== undefined) await appendFile(file, `${JSON.stringify(result)}\n`);
}

/** Part of a namespace's name. */
function slug({ name }: Fault): string {
  const words = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return words.slice(0, 36).replaceAll(/^-|-$/g, '');
}
