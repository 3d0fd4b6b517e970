import { lostCause } from './invariants.ts';
import type { Outcome } from './search.ts';
import { claimOf, kindOf, ordinals, podOf, type State, steps, stray } from './state.ts';

/** Returns a counterexample as lines: each step, and the last state. */
export function traceOf({ broken, trace, states }: Outcome): string {
  if (broken === '') return `${states} states, nothing broken`;
  const lines = trace.map(({ label }, index) => `${String(index + 1).padStart(3)}. ${label}`);
  const last = trace.at(-1)?.state;
  return [
    `${broken} (found among ${states} states)`,
    ...lines,
    ...(last === undefined ? [] : described(last)),
  ].join('\n');
}

function described(state: State): string[] {
  const { record, request, replicas, api } = state;
  const pods = [...ordinals, stray].flatMap(at => {
    const pod = podOf(state, at);
    const { annotated, volume } = claimOf(state, at);
    if (at === stray && !pod.present) return [];
    const step = Object.entries(steps).find(([, number]) => number === pod.step)?.[0] ?? '';
    const doing = pod.present ? `${pod.leaving ? 'leaving, ' : ''}${step}` : 'no pod';
    const { data } = volume;
    const staged = volume.staged > 0 ? `, staged generation ${volume.staged}` : '';
    const holds =
      data === undefined
        ? 'empty'
        : `${kindOf(volume, at)}, generation ${data.generation}, member ${data.id}, log ${data.log}`;
    return [
      `    ${at === stray ? `stray ${pod.ordinal}` : `ordinal ${at}`}: ${doing}; volume ${holds}${staged}; annotated ${annotated}`,
    ];
  });
  const clusters = state.generations.map(({ number, log, destroyed }, index) => {
    const list = (log.at(-1) ?? [0, 0, 0]).flatMap((entry, at) =>
      entry === 0 ? [] : [`${at}: ${entry >> 1} ${(entry & 1) === 1 ? 'voter' : 'learner'}`],
    );
    return `    generation ${index + 1} (number ${number}): ${list.join(', ')}; log ${log.length - 1}; destroyed ${[...destroyed].join(' ')}`;
  });
  return [
    `    replicas ${replicas}, API server ${api ? 'answers' : 'silent'}, waits for a user: ${lostCause(state) || 'no'}`,
    `    record ${record === undefined ? 'absent' : JSON.stringify(record)}`,
    ...(request === undefined ? [] : [`    request ${JSON.stringify(request)}`]),
    ...pods,
    ...clusters,
  ];
}
