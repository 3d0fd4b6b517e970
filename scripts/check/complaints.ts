// Everything that is wrong with somebody's values, in the order in which it would stop them.
import { complaintsIn } from '../../test/support/axes/complaint.ts';
import { bothHelms, RenderError, type RenderOptions, template } from '../../test/support/helm.ts';
import type { JsonObject } from '../../test/support/json.ts';
import { kubernetesVersions } from '../../test/support/kubernetes.ts';
import { type Rendered, readRendered, refusedByKubernetes } from '../../test/support/rendered.ts';
import { defaultValues, valuesComplaints } from '../../test/support/values.ts';
import { nodes } from '../../test/support/values-tree.ts';

/** What the chart makes of some values. */
export interface Checked {
  /** What would be created on the newest Kubernetes; undefined when the chart refuses the values. */
  readonly rendered: Rendered | undefined;
  /** One line each; none when all is well. */
  readonly complaints: readonly string[];
}

type Place = Pick<RenderOptions, 'release' | 'namespace'>;

/** Returns what the chart makes of `values`: by both Helms, for every supported release of Kubernetes. */
export async function checkValues(values: JsonObject, place: Place): Promise<Checked> {
  const bySchema = valuesComplaints(values).map(readable);
  if (bySchema.length > 0) {
    // The rules between the keys may have more to say, as far as they can read such values.
    const more = await refusalOf(values, { ...place, skipSchema: true });
    return { rendered: undefined, complaints: [...bySchema, ...more.complaints] };
  }
  const releases = [...kubernetesVersions].reverse();
  const outcomes = await Promise.all(
    releases.flatMap(kubeVersion =>
      bothHelms.map(async helm => ({
        helm,
        kubeVersion,
        ...(await refusalOf(values, { ...place, helm, kubeVersion })),
      })),
    ),
  );
  const complaints: string[] = [];
  for (const { text, kubeVersion, complaints: refused, failure } of outcomes) {
    complaints.push(...refused, ...(failure === undefined ? [] : [failure]));
    if (text === undefined) continue;
    const objections = await refusedByKubernetes(readRendered(text), kubeVersion);
    complaints.push(...objections.map(objection => `Kubernetes ${kubeVersion}: ${objection}`));
  }
  const [{ text } = { text: undefined }] = outcomes;
  return {
    rendered: text === undefined ? undefined : readRendered(text),
    complaints: [...new Set(complaints)],
  };
}

interface Outcome {
  readonly text?: string;
  readonly complaints: readonly string[];
  /** What Helm says when it fails without a complaint of the chart. */
  readonly failure?: string;
}

async function refusalOf(values: JsonObject, options: RenderOptions): Promise<Outcome> {
  try {
    return { text: await template(values, options), complaints: [] };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    const complaints = complaintsIn(error.stderr);
    return complaints.length > 0 ? { complaints } : { complaints: [], failure: error.stderr.trim() };
  }
}

/** Turns Ajv's words into the chart's: `persistence.sizee: is no key of the chart; did you mean persistence.size?` */
export function readable(complaint: string): string {
  const [, pointer = '', words = ''] = /^(\S+) (.*)$/s.exec(complaint) ?? [];
  const path = pointer.split('/').filter(key => key !== '');
  const extra = /^must NOT have additional properties "(.*)"$/.exec(words)?.[1];
  if (extra === undefined) return `${path.join('.') || 'the values'}: ${words}`;
  const unknown = [...path, extra].join('.');
  const known = nodes(defaultValues()).map(keys => keys.join('.'));
  const [nearest] = known
    .map(key => ({ key, away: distance(key.toLowerCase(), unknown.toLowerCase()) }))
    .sort((one, other) => one.away - other.away);
  const near = nearest !== undefined && (nearest.away <= 3 || nearest.key.startsWith(unknown.slice(0, 6)));
  const hint = near ? `; did you mean ${nearest.key}?` : '';
  return `${unknown}: is no key of the chart${hint}`;
}

/** Returns how many letters have to be put in, taken out or changed to make one text of the other. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [above, letter] of [...one].entries()) {
    const next = [above + 1];
    for (const [index, against] of [...other].entries()) {
      const changed = (row[index] ?? 0) + (letter === against ? 0 : 1);
      next.push(Math.min(changed, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
