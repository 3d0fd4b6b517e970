import { parseArgs } from 'node:util';
import { versions } from '../tools/catalogue.ts';

/** What `npm start` is asked for. */
export interface StartArguments {
  help: boolean;
  workers: number;
  kubernetes: string;
  /** A context of the person's own kubeconfig; no cluster is made then. */
  context?: string;
}

export const startHelp = `Installs the chart into a local Kubernetes cluster, which is made if needed, and shows that it works.

  npm start [-- options]

  --workers N           worker nodes of the local cluster, 1 to 9 (3)
  --kubernetes VERSION  its Kubernetes version (${versions.kubernetes}; also supported: ${versions.kubernetesOldest})
  --context NAME        install into the cluster of this context of your own kubeconfig instead
  --help                this text

npm run down deletes the local cluster.`;

/** Returns the arguments of `npm start`. Throws an error that names the flag, its value and the rule. */
export function startArguments(args: readonly string[]): StartArguments {
  const { values } = parse(args);
  const { context, workers = '3', kubernetes = versions.kubernetes, help = false } = values;
  if (context !== undefined) {
    const local = (['workers', 'kubernetes'] as const).filter(name => values[name] !== undefined);
    if (local.length > 0) {
      throw new Error(
        `--${local.join(' and --')}: these shape a local cluster, and --context ${context} uses one that is there. Leave out one or the other.`,
      );
    }
    if (context === '') throw new Error('--context: the name of the context is empty');
  }
  if (!/^[1-9]$/.test(workers)) {
    throw new Error(`--workers ${workers}: a whole number from 1 to 9 is wanted`);
  }
  if (!/^1\.\d+\.\d+$/.test(kubernetes)) {
    throw new Error(`--kubernetes ${kubernetes}: a version such as ${versions.kubernetes} is wanted`);
  }
  return { help, workers: Number(workers), kubernetes, ...(context === undefined ? {} : { context }) };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        workers: { type: 'string' },
        kubernetes: { type: 'string' },
        context: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason.split('. To specify')[0]}. npm start -- --help lists the options.`);
  }
}
