import { type Tier, tiers } from './tier.ts';
import { versions } from './tools/catalogue.ts';

/** What `npm test` and `npm run test:<tier>` are asked for. */
export interface TestArguments {
  readonly wanted: readonly Tier[];
  /** What goes on to vitest. */
  readonly vitest: readonly string[];
  /** What the tests read in their environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What a quick look at the renders leaves out: the tests of the harness, and a render for each single value. */
const longWay = ['--exclude=test/{harness,scripts}/**', '--exclude=test/render/effects.test.ts'];

/** Enough to see that the chart installs, heals, locks and is accepted by another Kubernetes. */
const smoke = ['dry-run', 'members', 'lock'].map(name => `test/cluster/${name}.test.ts`);

/**
 * Returns what `args` ask for: [tier] [arguments for vitest…], for the render tier also `--quick`, for the cluster
 * tier `--kubernetes VERSION`. Throws for a Kubernetes version that is not pinned.
 */
export function testArguments(args: readonly string[]): TestArguments {
  const [first, ...rest] = args;
  const only = tiers.find(tier => tier === first);
  if (only === undefined) return { wanted: tiers, vitest: args, environment: {} };
  const wanted = [only];
  if (only === 'render' && rest.includes('--quick'))
    return {
      wanted,
      vitest: [...longWay, ...rest.filter(argument => argument !== '--quick')],
      environment: { RENDER_QUICK: '1' },
    };
  const at = rest.indexOf('--kubernetes');
  if (only !== 'cluster' || at < 0) return { wanted, vitest: rest, environment: {} };
  const version = pinned(rest[at + 1]);
  const others = rest.toSpliced(at, 2);
  const vitest = version === versions.kubernetes || others.length > 0 ? others : smoke;
  return { wanted, vitest, environment: { CLUSTER_KUBERNETES: version } };
}

function pinned(wanted = ''): string {
  const known = [versions.kubernetesOldest, versions.kubernetes];
  const version = known.find(candidate => candidate === wanted || candidate.replace(/\.\d+$/, '') === wanted);
  if (version !== undefined && wanted !== '') return version;
  throw new Error(
    `--kubernetes ${wanted}: the cluster tier runs on ${known.join(' or ')} (scripts/tools/catalogue.ts)`,
  );
}
