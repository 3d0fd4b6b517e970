import type { Report } from '../progress.ts';

/** The stages of making a cluster, in their order. A stage whose result is in the cache ends at once. */
export const clusterStages = [
  'container runtime',
  'binaries',
  'root file system',
  'images',
  'node image',
  'cluster',
  'network',
] as const;
export type ClusterStage = (typeof clusterStages)[number];

/** Runs one stage and returns what its work returns; the place where progress is shown. */
export type RunStage = <T>(stage: ClusterStage, work: (report: Report) => Promise<T>) => Promise<T>;

/** Returns a RunStage that reports each stage that took a second or more, with its time, in plain lines. */
export function plainStages(report: Report): RunStage {
  return async (stage, work) => {
    const start = performance.now();
    const result = await work(line => report(`${stage}: ${line}`));
    const seconds = (performance.now() - start) / 1000;
    if (seconds >= 1) report(`${stage}: done in ${seconds.toFixed(0)} s`);
    return result;
  };
}
