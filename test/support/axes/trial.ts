// One set of values, rendered in every way that the chart supports, and everything that is wrong with it.
import { bothHelms, RenderError, type RenderOptions, template } from '../helm.ts';
import { brokenInvariants } from '../invariants/invariants.ts';
import type { JsonObject } from '../json.ts';
import { kubernetesVersions, releaseOf } from '../kubernetes.ts';
import { readRendered, refusedByKubernetes, separated } from '../rendered.ts';
import { complaintsIn } from './complaint.ts';

/** One way to render: which Helm, for which Kubernetes. */
export type Way = Required<Pick<RenderOptions, 'helm' | 'kubeVersion'>>;

/** What is wrong with a render, and how to see it again. */
export interface Flaw {
  readonly complaint: string;
  readonly values: JsonObject;
  readonly options: RenderOptions;
}

const [oldest = '', newest = ''] = [kubernetesVersions[0], kubernetesVersions.at(-1)];
const middle = kubernetesVersions[Math.floor(kubernetesVersions.length / 2)] ?? '';

/** Both Helms with the oldest, a middle and the newest Kubernetes; the first is the default one. */
export const ways: readonly Way[] = [newest, middle, oldest].flatMap(kubeVersion =>
  bothHelms.map(helm => ({ helm, kubeVersion })),
);

/**
 * Renders `values` in each way and returns what is wrong: what Kubernetes would refuse, invariants that are
 * broken, and Helms that differ. `first` is a render in the first way, which a second one has to repeat byte by byte.
 */
export async function flaws(
  values: JsonObject,
  options: RenderOptions,
  { ways: wanted, first }: { ways: readonly Way[]; first?: string },
): Promise<Flaw[]> {
  const outcomes = await Promise.all(
    wanted.map(async way => ({ way, outcome: await outcomeOf(values, { ...options, ...way }) })),
  );
  const found: Flaw[] = [];
  const add = (complaints: readonly string[], way: Way): void => {
    for (const complaint of complaints) found.push({ complaint, values, options: { ...options, ...way } });
  };
  const seen = new Set<string>();
  for (const { way, outcome } of outcomes) {
    const twin = outcomes.find(other => other.way !== way && other.way.kubeVersion === way.kubeVersion);
    if (twin !== undefined && way.helm === bothHelms[0] && twin.outcome.text !== outcome.text)
      add(['Helm 3 and Helm 4 differ'], way);
    const known = `${way.kubeVersion} ${outcome.text}`;
    if (seen.has(known)) continue;
    seen.add(known);
    // Values may be refused for one Kubernetes and taken for another.
    if (outcome.refused) continue;
    add(await wrongWith(outcome.text, { values, options: { ...options, ...way } }), way);
  }
  const [again] = outcomes;
  if (first !== undefined && again !== undefined && separated(first) !== again.outcome.text)
    add(['the same values render differently the second time'], again.way);
  return found;
}

async function wrongWith(
  text: string,
  { values, options }: { values: JsonObject; options: RenderOptions & Way },
): Promise<string[]> {
  const release = releaseOf(options.kubeVersion);
  try {
    const rendered = readRendered(text);
    const refused = await refusedByKubernetes(rendered, release);
    return [
      ...refused.map(complaint => `Kubernetes ${release} refuses it: ${complaint}`),
      ...brokenInvariants({ rendered, values, namespace: options.namespace ?? 'default' }),
    ];
  } catch (error) {
    return [`Helm printed what cannot be read: ${String(error)}`];
  }
}

interface Outcome {
  /** What Helm printed, or why it refuses. */
  readonly text: string;
  readonly refused: boolean;
}

async function outcomeOf(values: JsonObject, options: RenderOptions): Promise<Outcome> {
  try {
    const text = await template(values, options);
    return { text: separated(text), refused: false };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    const complaints = complaintsIn(error.stderr);
    if (complaints.length > 0) return { text: complaints.join('\n'), refused: true };
    return { text: `# Source: helm/refusal\nHelm fails: ${error.stderr}`, refused: false };
  }
}
