// Rows that the chart takes. What it refuses it says in complaints that name the keys, and these are learned from.
import { RenderError, template } from '../helm.ts';
import type { JsonObject } from '../json.ts';
import { coalesce, valuesComplaints } from '../values.ts';
import { valueAt } from '../values-tree.ts';
import { type Axis, type Row, valuesOf } from './axes.ts';
import { choicesIn, complaintsIn } from './complaint.ts';
import type { Choice, Pairs } from './pairs.ts';
import { shrink } from './shrink.ts';

/** A row that the chart takes, or fails over without a complaint. */
export interface Settled {
  readonly row: Row;
  readonly values: JsonObject;
  /** What Helm printed; undefined when it failed. */
  readonly text: string | undefined;
}

/** A chart that refuses more rows than this says too little in its complaints to learn from. */
const refusalsAtMost = 600;

/**
 * Yields rows until every pair of `pairs` was in one, or is known to be refused. Throws when a complaint names
 * no key of the values, and when complaints teach nothing.
 */
export async function* settledRows(axes: readonly Axis[], pairs: Pairs): AsyncGenerator<Settled> {
  let refusals = 0;
  for (let row = pairs.row(); row !== undefined; row = pairs.row()) {
    const values = valuesOf(row, axes);
    const { text, complaints } = await attempt(values);
    if (complaints.length === 0) {
      pairs.cover(row);
      yield { row, values, text };
      continue;
    }
    refusals += 1;
    if (refusals > refusalsAtMost)
      throw new Error(`${refusals} rows were refused, the last one with:\n${complaints.join('\n')}`);
    const tried = row;
    const conflicts = await Promise.all(complaints.map(complaint => conflict(complaint, tried, axes)));
    for (const choices of conflicts) pairs.forbid(choices);
  }
}

interface Attempt {
  readonly text: string | undefined;
  readonly complaints: readonly string[];
}

async function attempt(values: JsonObject): Promise<Attempt> {
  const complaints = valuesComplaints(values).map(asKey);
  if (complaints.length > 0) return { text: undefined, complaints };
  try {
    // Ajv has just said what the schema says.
    return { text: await template(values, { skipSchema: true }), complaints: [] };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    return { text: undefined, complaints: complaintsIn(error.stderr) };
  }
}

/** Returns what does not go together in `row`: what the complaint names when that alone is refused, else what has to be there for it. */
async function conflict(complaint: string, row: Row, axes: readonly Axis[]): Promise<Choice[]> {
  const named = choicesIn(complaint, row, axes);
  const isNamed = (axis: number): boolean => named.some(choice => choice.axis === axis);
  const alone = valuesOf(
    row.map((level, axis) => (isNamed(axis) ? level : 0)),
    axes,
  );
  const refuses = (more: JsonObject): Promise<boolean> => complains(coalesce(alone, more), complaint);
  if (await refuses({})) return named;
  const rest = row.map((level, axis) => (isNamed(axis) ? 0 : level));
  // What decides whether a setting matters mostly stands beside it.
  const parents = named.map(({ axis }) => parentOf(axes[axis])).filter(parent => parent !== '');
  const near = rest.map((level, axis) => (parents.includes(parentOf(axes[axis])) ? level : 0));
  const [few, many] = [valuesOf(near, axes), valuesOf(rest, axes)];
  const smallest = await shrink((await refuses(few)) ? few : many, refuses);
  const needed = axes.flatMap(({ path }, axis) =>
    valueAt(smallest, path) === undefined ? [] : [{ axis, level: row[axis] ?? 0 }],
  );
  return [...named, ...needed];
}

function parentOf(axis: Axis | undefined): string {
  return axis?.path.slice(0, -1).join('.') ?? '';
}

async function complains(values: JsonObject, complaint: string): Promise<boolean> {
  const [key] = complaint.split(':');
  const { complaints } = await attempt(values);
  return complaints.some(other => other.split(':')[0] === key);
}

/** Ajv points at a value with slashes and a space: `/service/nodePort must be <= 65535`. */
function asKey(complaint: string): string {
  return complaint.replace(/^\/(\S+) /, (_, path: string) => `${path.replaceAll('/', '.')}: `);
}
