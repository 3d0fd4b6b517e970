// The product of all settings, pairwise: every two levels of two settings in some render, unless the chart refuses them.
import { stringify } from 'yaml';
import type { RenderOptions } from '../helm.ts';
import { type Axis, axes, type Row, switches } from './axes.ts';
import { Pairs } from './pairs.ts';
import { settledRows } from './settle.ts';
import { shrink } from './shrink.ts';
import { type Flaw, flaws, ways } from './trial.ts';

/** What became of all pairs. */
export interface Coverage {
  readonly axes: readonly Axis[];
  /** The rows that were rendered. */
  readonly rows: readonly Row[];
  readonly renders: number;
  readonly pairs: number;
  /** Pairs that the chart refuses. */
  readonly refused: number;
  readonly seconds: number;
  readonly flaws: readonly Flaw[];
}

/** Rows in work at a time: one waits for Helm while another is read. */
const atATime = 3;
/** Flaws that are shrunk; the others of a run mostly have the same cause. */
const shown = 3;

/** Returns each value of a setting that does something in none of the rows, as `service.type="NodePort"`. */
export function missedLevels(all: readonly Axis[], rows: readonly Row[]): string[] {
  const wakes = switches(all);
  return all.flatMap(({ name, levels }, axis) => {
    const wake = wakes.get(axis);
    const awake = rows.filter(row => wake === undefined || row[wake.axis] === wake.level);
    const seen = new Set([0, ...awake.map(row => row[axis])]);
    return levels
      .filter((_, level) => !seen.has(level))
      .map(value => `${name}=${JSON.stringify(value) ?? 'its default'}`);
  });
}

/**
 * Renders every pair of settings in every way (with `quick` every value of every setting, each row in one of the
 * ways, in turn), and returns what is wrong. Throws when the chart refuses values without naming a key.
 */
export async function coverPairs({ quick }: { quick: boolean }): Promise<Coverage> {
  const started = performance.now();
  const all = axes();
  const pairs = new Pairs(
    all.map(({ levels }) => levels.length),
    1,
    switches(all),
  );
  const rows: Row[] = [];
  const found: Flaw[] = [];
  let renders = 0;
  const running = new Set<Promise<void>>();
  for await (const { row, values, text } of settledRows(all, pairs)) {
    const wanted = ways.filter((_, index) => !quick || index === rows.length % ways.length);
    // Release and namespace are no values, and change with the rows.
    const options: RenderOptions = rows.length % 2 === 0 ? {} : { release: 'orders', namespace: 'shop' };
    rows.push(row);
    renders += wanted.length + 1;
    const repeated = text !== undefined && !quick && rows.length % 2 === 1;
    const work = flaws(values, options, { ways: wanted, ...(repeated ? { first: text } : {}) })
      .then(list => void found.push(...list))
      .finally(() => running.delete(work));
    running.add(work);
    if (running.size >= atATime) await Promise.race(running);
    if (quick && missedLevels(all, rows).length === 0) break;
  }
  await Promise.all(running);
  const seconds = (performance.now() - started) / 1000;
  return { axes: all, rows, renders, pairs: pairs.total, refused: pairs.refused, seconds, flaws: found };
}

/**
 * Returns the flaws as text, the first few with the smallest values that show them, ready to be put into a file
 * and given to `npm run check`.
 */
export async function describeFlaws(found: readonly Flaw[]): Promise<string> {
  const kinds = [...new Map(found.map(flaw => [kindOf(flaw), flaw])).values()];
  const texts = await Promise.all(
    kinds.slice(0, shown).map(async flaw => {
      const values = await shrink(flaw.values, async smaller => (await alike(flaw, smaller)).length > 0);
      const [last = flaw] = await alike(flaw, values);
      const { helm, kubeVersion, release = 'etcd', namespace = 'default' } = flaw.options;
      return [
        last.complaint,
        `(${helm}, Kubernetes ${kubeVersion}, release ${release} in ${namespace}), with these values:`,
        stringify(values),
      ].join('\n');
    }),
  );
  const more = kinds.length > shown ? [`and ${kinds.length - shown} more`] : [];
  return [...texts, ...more].join('\n');
}

/** Returns the flaws of the same kind that other values have, rendered the same way. */
async function alike(flaw: Flaw, values: Flaw['values']): Promise<Flaw[]> {
  const { helm, kubeVersion } = flaw.options;
  const wanted = ways.filter(
    way => way.kubeVersion === kubeVersion && (way.helm === helm || kindOf(flaw).startsWith('Helm 3 and')),
  );
  return (await flaws(values, flaw.options, { ways: wanted })).filter(
    other => kindOf(other) === kindOf(flaw),
  );
}

/** What several releases refuse of one kind of object, under whatever name, is one flaw. */
function kindOf({ complaint }: Flaw): string {
  const [, kind, rule] = /^Kubernetes \S+ refuses it: ([^/]+)\/\S+: (.*)$/s.exec(complaint) ?? [];
  return rule === undefined ? (complaint.split(':')[0] ?? '') : `${kind}: ${rule}`;
}
