import { cpus, release, totalmem, type } from 'node:os';
import type { Cluster } from '../../cluster/cluster.ts';
import { versions } from '../../tools/catalogue.ts';
import type { Machine } from './result.ts';

/** This machine and the cluster on it: figures mean nothing without them. */
export function machineOf({ kubernetes, workers }: Cluster): Machine {
  const processors = cpus();
  return {
    cores: processors.length,
    memory: Math.round(totalmem() / 2 ** 30),
    processor: processors[0]?.model ?? 'unknown processor',
    kernel: `${type()} ${release()}`,
    kubernetes,
    nodes: workers + 1,
    etcd: versions.etcd['3.7'],
  };
}
