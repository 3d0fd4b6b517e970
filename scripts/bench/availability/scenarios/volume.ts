import { statfs } from 'node:fs/promises';
import { findRuntime } from '../../../cluster/runtime.ts';
import { versions } from '../../../tools/catalogue.ts';
import { Arena, type Round } from '../arena.ts';
import type { Figure, Trial } from '../result.ts';
import type { Scenario } from '../scenario.ts';
import { failedCall, gaps, lateness, replaced, retriedCall, trialOf } from './load.ts';
import { whatHappens } from './refusal.ts';

/** A database of a size, by the name of its scenario. */
export interface DatabaseSize {
  name: string;
  title: string;
  bytes: number;
}

/** What the growth of the time with the database's size is drawn from, smallest first. */
export const sizes: readonly DatabaseSize[] = [
  { name: 'lost-volume', title: 'empty', bytes: 0 },
  { name: 'lost-volume-1mb', title: '1 MB', bytes: 1e6 },
  { name: 'lost-volume-100mb', title: '100 MB', bytes: 1e8 },
  { name: 'lost-volume-1gb', title: '1 GB', bytes: 1e9 },
];

/** The figure that the growth is about. */
export const VOTER_AFTER = 'voterAfterScheduled';

/** One of three members loses its volume for good. */
export const lostVolumes: readonly Scenario[] = sizes.map(({ name, title, bytes }) => ({
  name,
  title: `The leader’s volume is lost, database ${title}`,
  text: 'The leader’s claim and pod are deleted. Counted until its successor is a Ready voter, from the moment the pod had a node and a new volume.',
  figures: [
    {
      key: VOTER_AFTER,
      title: 'voter again, from pod scheduling',
      unit: 's',
      ...(bytes === 0 ? { targets: [{ of: 'worst', atMost: 20 } as const] } : {}),
    },
    { key: 'voterAfterLoss', title: 'voter again, from the loss', unit: 's' },
    ...gaps(),
    failedCall,
    retriedCall,
    lateness,
  ] satisfies Figure[],
  rounds: bytes === 0 ? 3 : 1,
  managersOnly: bytes > 0,
  open: async (cluster, contender) => {
    // Three members, the log beside the database, and the lost one's successor while the old one is wiped.
    await requireRoom(bytes, 10 * bytes);
    const arena = await Arena.open(cluster, contender, versions.etcd['3.7']);
    try {
      if (bytes > 0) await arena.client.ask('fill', { endpoints: arena.endpoints(3), bytes }, 400_000);
    } catch (error) {
      await arena.close();
      throw error;
    }
    return { round: () => loseVolume(arena), close: () => arena.close() };
  },
}));

async function requireRoom(bytes: number, needed: number): Promise<void> {
  const { storage } = await findRuntime();
  if (bytes < 1e9 || storage === undefined) return;
  const { bavail, bsize } = await statfs(storage);
  if (bavail * bsize >= needed) return;
  throw new Error(
    `left out: ${storage} has ${Math.round((bavail * bsize) / 1e9)} GB free, and ${needed / 1e9} GB are needed`,
  );
}

async function loseVolume(arena: Arena): Promise<Trial> {
  await arena.settle(3);
  const { metadata } = await arena.leader();
  const { name, uid } = metadata;
  const act = async () => {
    await arena.api.remove(arena.core(`persistentvolumeclaims/data-${name}`));
    await arena.api.remove(arena.core(`pods/${name}`));
  };
  if (!arena.contender.manages) {
    await act();
    return { figures: {}, happened: await whatHappens(arena, name, uid, 3) };
  }
  const round = await arena.round({
    act,
    until: [`a new ${name} is Ready`, replaced(3, new Set([uid]))],
  });
  const ordinal = Number(name.slice(name.lastIndexOf('-') + 1));
  const ready = markOf(round, ordinal, 'ready');
  return trialOf(round, {
    [VOTER_AFTER]: (ready - markOf(round, ordinal, 'scheduled')) / 1000,
    voterAfterLoss: ready / 1000,
  });
}

function markOf({ timeline }: Round, ordinal: number, kind: 'scheduled' | 'ready'): number {
  const at = timeline.marks.findLast(mark => mark.ordinal === ordinal && mark.kind === kind)?.at;
  if (at === undefined) throw new Error(`Kubernetes never told that pod ${ordinal} was ${kind}`);
  return at;
}
