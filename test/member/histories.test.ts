import fc from 'fast-check';
import { beforeAll, describe, test } from 'vitest';
import { type Event, histories, textOf } from '../../scripts/soak/operation.ts';
import { runHistory } from './support/history/history.ts';
import { programs } from './support/programs.ts';

// Sequences of faults that nobody thought of. The seed is fixed, so that a run says something of the change
// under test; `npm run test:histories` draws others.
const seed = Number(process.env.HISTORY_SEED ?? 20_261);
const runs = Number(process.env.HISTORY_RUNS ?? 9);
const lanes = Number(process.env.HISTORY_LANES ?? 9);

/** Milliseconds after the first failure in which a shorter sequence is looked for. */
const shrinkWithin = 120_000;

beforeAll(() => Promise.all([programs('3.7'), programs('3.6')]));

const events = histories(
  {
    replicas: 4,
    pause: 3_000,
    kinds: {
      'delete pods': 4,
      'kill etcd': 3,
      'lose volumes': 4,
      scale: 4,
      'restart one after another': 2,
      'upgrade etcd one after another': 1,
      freeze: 2,
      'stop the API server': 2,
      'delete the record': 2,
      'kill a script': 4,
      'wait for the voters': 3,
    },
  },
  2,
  6,
);

describe.concurrent('random histories', () => {
  for (let lane = 0; lane < lanes; lane++) {
    const laneSeed = seed + lane;
    test.concurrent(`seed ${laneSeed}`, { timeout: 7_200_000 }, async ({ expect }) => {
      const told: string[] = [];
      let failedAt: number | undefined;
      const property = fc.asyncProperty(events, async (history: Event[]) => {
        if (failedAt !== undefined && Date.now() - failedAt > shrinkWithin) return;
        const began = performance.now();
        try {
          const ending = await runHistory(history);
          const seconds = ((performance.now() - began) / 1_000).toFixed(1);
          told.push(
            `  ${history.map(({ operation }) => textOf(operation)).join('; ')}: ${ending}, ${seconds} s`,
          );
        } catch (error) {
          // The whole story at once: looking for a shorter one may be interrupted.
          if (failedAt === undefined) console.error(`a history of seed ${laneSeed} failed: ${String(error)}`);
          failedAt ??= Date.now();
          throw error;
        }
      });
      await fc.assert(property, { seed: laneSeed, numRuns: Math.ceil(runs / lanes) }).finally(() => {
        console.log(`histories of seed ${laneSeed}\n${told.join('\n')}`);
      });
      expect(told.length).toBe(Math.ceil(runs / lanes));
    });
  }
});
