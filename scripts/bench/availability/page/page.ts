import type { Contender } from '../contender.ts';
import { type Figure, type Outcome, valuesOf, verdictsOf } from '../result.ts';
import type { Scenario } from '../scenario.ts';
import { sizes, VOTER_AFTER } from '../scenarios/volume.ts';
import { inUnit, type Row, tableOf } from '../table.ts';
import { drawCurve } from './curve-drawing.ts';
import { drawDots } from './dots-drawing.ts';
import { escapeText } from './markup.ts';
import { style } from './style.ts';
import { drawTimeline, legendOfMarks, legendOfStates, shapeOf } from './timeline-drawing.ts';

export interface PageOptions {
  scenarios: readonly Pick<Scenario, 'name' | 'title' | 'text' | 'figures'>[];
  outcomes: readonly Outcome[];
  contenders: readonly Pick<Contender, 'name' | 'title' | 'manages' | 'set'>[];
  /** One line for each contender that does not take part. */
  absent: readonly string[];
}

/** The whole report as one HTML file that loads nothing. */
export function page(options: PageOptions): string {
  const { scenarios, outcomes, contenders, absent } = options;
  const rows = tableOf(scenarios, outcomes, contenders);
  const measured = scenarios.filter(({ name }) => outcomes.some(({ scenario }) => scenario === name));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>etcd: availability measured</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>For how long clients cannot write</h1>
${machines(outcomes)}
<p>Load: one write every 10 ms by the members’ own addresses in turn and one by the client Service, begun by the clock
whether or not earlier ones were answered, each with a timeout of 1 s and one retry. A gap is the time between two
acknowledgements.</p>
${absent.map(line => `<p>${escapeText(line)}</p>`).join('\n')}
<h2>All figures</h2>
${table(rows, contenders)}
${legend()}
${measured.map(scenario => section(scenario, options)).join('\n')}
${growth(options)}
</main>
</body>
</html>
`;
}

function machines(outcomes: readonly Outcome[]): string {
  const lines = outcomes.map(
    ({ machine: { cores, memory, processor, kernel, kubernetes, nodes, etcd } }) =>
      `${cores} cores (${processor}), ${memory} GiB, ${kernel}; Kubernetes ${kubernetes} on ${nodes} nodes of kind, all on this machine; etcd ${etcd}`,
  );
  const days = outcomes.map(({ measured }) => measured.slice(0, 10)).sort();
  const when = days[0] === days.at(-1) ? days[0] : `${days[0]} to ${days.at(-1)}`;
  return [...new Set(lines)].map(line => `<p>${escapeText(`${line}. ${when ?? ''}`)}</p>`).join('\n');
}

function table(rows: readonly Row[], contenders: PageOptions['contenders']): string {
  const head = ['figure', ...contenders.map(({ title }) => title), 'target'];
  const body = rows.map((row, n) => {
    const heading =
      row.scenario === rows[n - 1]?.scenario
        ? ''
        : `<tr><th colspan="${head.length}" scope="rowgroup">${escapeText(row.scenario)}</th></tr>\n`;
    const cells = row.cells.map(({ text }) => `<td>${escapeText(text)}</td>`).join('');
    return `${heading}<tr><td>${escapeText(row.figure)}</td>${cells}<td>${verdicts(row)}</td></tr>`;
  });
  return `<div class="wide"><table>
<caption>Median / worst of so many rounds. Targets are the chart’s.</caption>
<thead><tr>${head.map(title => `<th scope="col">${escapeText(title)}</th>`).join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody></table></div>`;
}

const verdicts = ({ verdicts }: Row): string =>
  verdicts
    .map(
      ({ text, value, met }) =>
        `<span class="${met ? 'met' : 'missed'}">${escapeText(`${text}: ${met ? 'met' : `missed (${value})`}`)}</span>`,
    )
    .join('<br>');

function legend(): string {
  const states = legendOfStates.map(
    ({ state, title }) => `<span><i class="swatch ${state}"></i>${escapeText(title)}</span>`,
  );
  const marks = legendOfMarks.map(
    ({ kind, title }) =>
      `<span><svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path class="mark ${kind}" d="${shapeOf(kind, 8, 8)}"/></svg>${escapeText(title)}</span>`,
  );
  return `<h2>Reading the timelines</h2>
<p>Bars are acknowledged writes per 50 ms, red ones writes that failed for good; the shaded stretch is the longest gap.
Below, each member by its own account, asked every 50 ms, and what Kubernetes did to its pod. Zero is just before the
act. Shown is the round with the longest gap.</p>
<p class="legend"><b>Member</b> ${states.join(' ')}</p>
<p class="legend"><b>Pod</b> ${marks.join(' ')}</p>`;
}

function section(scenario: PageOptions['scenarios'][number], { outcomes, contenders }: PageOptions): string {
  const own = outcomes.filter(outcome => outcome.scenario === scenario.name);
  const parts = contenders.map(({ name, title, set }) => {
    const outcome = own.find(({ contender }) => contender === name);
    return outcome ? course(outcome, title, set, scenario.title) : '';
  });
  const charts = scenario.figures
    .filter(({ unit, key }) => (unit === 'ms' || unit === 's') && key !== 'late' && key !== 'still')
    .map(figure => dots(figure, own, contenders));
  return `<section>
<h2>${escapeText(scenario.title)}</h2>
<p>${escapeText(scenario.text)}</p>
${charts.join('\n')}
${parts.join('\n')}
</section>`;
}

/** How the time of a lost volume grows with the database; the first contender's, the others have none. */
function growth({ outcomes, contenders }: PageOptions): string {
  const points = sizes.map(({ name, title }) => ({
    title,
    values: valuesOf(
      outcomes.find(({ scenario, contender }) => scenario === name && contender === contenders[0]?.name),
      VOTER_AFTER,
    ),
  }));
  if (points.filter(({ values }) => values.length > 0).length < 2) return '';
  const title = 'A lost volume: voter again by size of the database, from pod scheduling';
  return `<section>
<h2>${escapeText(title)}</h2>
<figure>${drawCurve(points, 's', title)}</figure>
</section>`;
}

function dots(figure: Figure, own: readonly Outcome[], contenders: PageOptions['contenders']): string {
  const rows = contenders.map(({ name, title }) => ({
    title,
    values: valuesOf(
      own.find(({ contender }) => contender === name),
      figure.key,
    ),
  }));
  // One round is in the table.
  if (rows.every(({ values }) => values.length < 2)) return '';
  const judged = own.find(({ contender }) => contender === contenders[0]?.name);
  const limits = verdictsOf(figure, judged, own);
  const words = limits.map(({ limit, target }) => `${target.of} ≤ ${inUnit(limit, figure.unit)}`).join(', ');
  const caption = words === '' ? figure.title : `${figure.title} (target: ${words})`;
  return `<figure><figcaption>${escapeText(caption)}</figcaption>${drawDots(
    figure,
    rows,
    limits.map(({ limit }) => limit),
  )}</figure>`;
}

function course(outcome: Outcome, title: string, set: string, scenario: string): string {
  const happened = outcome.trials.flatMap(trial => trial.happened ?? []);
  const notes = [
    ...happened.map(text => `cannot: ${text}`),
    ...(outcome.failure === undefined ? [] : [`the rounds ended early: ${outcome.failure}`]),
  ].map(text => `<p class="note">${escapeText(`${title}: ${text}`)}</p>`);
  const gapOf = ({ timeline }: Outcome['trials'][number]): number =>
    Math.max(...(timeline?.lanes ?? []).map(({ gap }) => gap.to - gap.from));
  const [longest] = outcome.trials
    .filter(({ timeline }) => timeline !== undefined)
    .toSorted((a, b) => gapOf(b) - gapOf(a));
  if (!longest?.timeline) return notes.join('\n');
  const round = outcome.trials.indexOf(longest) + 1;
  const caption = `${title}, round ${round} of ${outcome.trials.length}`;
  const drawing = drawTimeline(longest.timeline, `${scenario}: ${caption}`, ordinal => `${set}-${ordinal}`);
  return `${notes.join('\n')}
<figure><figcaption>${escapeText(caption)}</figcaption>${drawing}</figure>`;
}
