import { parseArgs } from 'node:util';

/** What `npm run check` is asked for. */
export interface CheckArguments {
  readonly help: boolean;
  /** What to check, each by itself: the files whose values are put together, later ones first in rank. */
  readonly sets: readonly (readonly string[])[];
  readonly release: string;
  readonly namespace: string;
}

export const checkHelp = `Shows what the chart would create with your values, and everything that is wrong with them.

  npm run check -- my-values.yaml [more…]

  base.yaml,mine.yaml   two files that belong together, as for helm --values: the later one wins
  --release NAME        name of the release (etcd)
  --namespace NAME      its namespace (default)
  --help                this text

Nothing is installed and no cluster is asked: the values are checked by the chart's schema, by its rules between keys,
and what Helm 3 and Helm 4 make of them by the schemas of every supported Kubernetes. The exit code is 1 after a
complaint, 2 when nothing could be checked.`;

/** Returns the arguments of `npm run check`. Throws an error that names the argument and the rule. */
export function checkArguments(args: readonly string[]): CheckArguments {
  const { values, positionals } = parse(args);
  const { help = false, release = 'etcd', namespace = 'default' } = values;
  if (!help && positionals.length === 0)
    throw new Error('Give a file with values: npm run check -- my-values.yaml (--help tells more)');
  const sets = positionals.map(names => names.split(',').filter(name => name !== ''));
  return { help, sets, release, namespace };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        release: { type: 'string' },
        namespace: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason.split('. To specify')[0]}. npm run check -- --help lists the options.`);
  }
}
