import type { Contender } from './contender.ts';
import { type Figure, median, type Outcome, type Verdict, valuesOf, verdictsOf, worst } from './result.ts';
import type { Scenario } from './scenario.ts';

/** One figure of one scenario with all contenders. */
export interface Row {
  scenario: string;
  figure: string;
  /** By contender: median and worst, or what stands in their place. */
  cells: { contender: string; title: string; text: string }[];
  /** The chart's targets and how it stands to them; empty when there is none, or nothing to judge. */
  verdicts: { text: string; value: string; met: boolean }[];
}

type Party = Pick<Contender, 'name' | 'title' | 'manages'>;

/** A number with its unit, as short as it is true. */
export function inUnit(value: number, unit: Figure['unit']): string {
  if (unit === 's') return `${value.toFixed(value < 10 ? 2 : 1)} s`;
  if (unit === 'ms') return `${Math.round(value)} ms`;
  return String(value);
}

/** The rows of everything that was measured, in the scenarios' order; verdicts are the first contender's. */
export function tableOf(
  scenarios: readonly Pick<Scenario, 'name' | 'title' | 'figures'>[],
  outcomes: readonly Outcome[],
  contenders: readonly Party[],
): Row[] {
  return scenarios.flatMap(({ name, title, figures }) => {
    const own = outcomes.filter(({ scenario }) => scenario === name);
    if (own.length === 0) return [];
    return figures.map((figure): Row => {
      const of = (contender: string) => own.find(outcome => outcome.contender === contender);
      const judged = contenders[0] ? of(contenders[0].name) : undefined;
      return {
        scenario: title,
        figure: figure.title,
        cells: contenders.map(party => ({
          contender: party.name,
          title: party.title,
          text: cell(figure, of(party.name)),
        })),
        verdicts: verdictsOf(figure, judged, own).map(verdict => inWords(figure, verdict)),
      };
    });
  });
}

function cell({ key, unit }: Figure, outcome: Outcome | undefined): string {
  if (outcome === undefined) return '–';
  const values = valuesOf(outcome, key);
  if (values.length === 0) {
    if (outcome.trials.some(({ happened }) => happened)) return 'cannot';
    return outcome.failure ? 'failed' : '–';
  }
  const rest = outcome.failure ? ' (then failed)' : '';
  const middle = inUnit(median(values), unit);
  return values.length === 1
    ? `${middle}${rest}`
    : `${middle} / ${inUnit(worst(values), unit)} of ${values.length}${rest}`;
}

function inWords({ unit }: Figure, { limit, target, value, met }: Verdict): Row['verdicts'][number] {
  const times = target.times ? ` (${target.atMost} × ${target.times})` : '';
  return {
    text: limit === 0 ? 'none' : `${target.of} ≤ ${inUnit(limit, unit)}${times}`,
    value: inUnit(value, unit),
    met,
  };
}

/** One line for each target that the chart missed. */
export function missedIn(rows: readonly Row[]): string[] {
  return rows.flatMap(({ scenario, figure, verdicts }) =>
    verdicts
      .filter(({ met }) => !met)
      .map(({ text, value }) => `missed: ${scenario}: ${figure}: ${value}, target ${text}`),
  );
}

/** One line for each scenario that a contender cannot do, with what happened in place of it. */
export function cannotIn(
  scenarios: readonly Pick<Scenario, 'name' | 'title'>[],
  outcomes: readonly Outcome[],
  contenders: readonly Party[],
): string[] {
  return scenarios.flatMap(scenario =>
    contenders.flatMap(({ name, title }) => {
      const own = outcomes.find(outcome => outcome.scenario === scenario.name && outcome.contender === name);
      const happened = own?.trials.find(trial => trial.happened)?.happened;
      return happened ? [`${title} cannot: ${scenario.title}: ${happened}`] : [];
    }),
  );
}

const verdictText = ({ verdicts }: Row): string =>
  verdicts.map(({ text, value, met }) => `${text}: ${met ? 'met' : `missed (${value})`}`).join('; ');

function lines(rows: readonly Row[]): string[][] {
  const titles = rows[0]?.cells.map(({ title }) => title) ?? [];
  return [
    ['', ...titles, 'target'],
    ...rows.map(row => [row.figure, ...row.cells.map(({ text }) => text), verdictText(row)]),
  ];
}

/** A table for the terminal: median / worst of so many rounds, a block for each scenario. */
export function terminalTable(rows: readonly Row[]): string {
  const all = lines(rows);
  const widths = (all[0] ?? []).map((_, column) =>
    Math.max(...all.map(line => [...(line[column] ?? '')].length)),
  );
  const padded = all.map(line =>
    line
      .map((text, n) => text.padEnd(widths[n] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return padded
    .flatMap((line, n) => {
      const row = rows[n - 1];
      return row && row.scenario !== rows[n - 2]?.scenario ? ['', row.scenario, line] : [line];
    })
    .join('\n');
}

/** The same as a table in Markdown. */
export function markdownTable(rows: readonly Row[]): string {
  const [head = [], ...body] = lines(rows);
  const cells = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  return [
    cells(['scenario', 'figure (median / worst)', ...head.slice(1)]),
    cells(['', '', ...head.slice(1)].map(() => '---')),
    ...body.map((line, n) => {
      const row = rows[n];
      return cells([row?.scenario === rows[n - 1]?.scenario ? '' : (row?.scenario ?? ''), ...line]);
    }),
    '',
  ].join('\n');
}
