import type { Call, History } from './history.ts';

/** What a workload has to have done, or its judgement says nothing. */
const done: Record<string, (history: History) => boolean> = {
  'acknowledged write': succeeded(({ kind }) => kind === 'put'),
  'acknowledged increment': succeeded(({ kind }) => kind === 'increment'),
  'linearizable read': succeeded(call => call.kind === 'read' && call.linearizable),
  'serializable read': succeeded(call => call.kind === 'read' && !call.linearizable),
  'key on a lease': succeeded(({ kind }) => kind === 'leased'),
  'holder of the lock': ({ holds }) => holds.length > 0,
  'watcher that saw an event': ({ watchers }) =>
    watchers.length > 0 && watchers.every(({ streams }) => streams.some(({ events }) => events.length > 0)),
};

function succeeded(is: (call: Call) => boolean): (history: History) => boolean {
  return ({ calls }) => calls.some(call => call.outcome === 'ok' && is(call));
}

/** One sentence for each part of the workload that did nothing at all. */
export function coverageFaults(history: History): string[] {
  return Object.entries(done).flatMap(([what, holds]) =>
    holds(history) ? [] : [`the history has no ${what}: there is nothing to judge`],
  );
}
