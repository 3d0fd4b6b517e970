import type { FaultScene } from './scenario.ts';

/** How often each container of each of these pods was restarted. */
export async function restarts(
  at: FaultScene,
  names: readonly string[],
): Promise<Record<string, Record<string, number>>> {
  const pods = await Promise.all(names.map(name => at.pod(name)));
  return Object.fromEntries(
    pods.map(({ metadata, status }) => [
      metadata.name,
      Object.fromEntries(
        (status.containerStatuses ?? []).map(({ name, restartCount }) => [name, restartCount]),
      ),
    ]),
  );
}
