import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Two files run at a time. These take minutes: begun last, each would run with nothing beside it. */
const longest = ['faults.test.ts', 'restore.test.ts', 'interruptions.test.ts', 'leaving.test.ts'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const index = longest.indexOf(basename(moduleId));
      return index < 0 ? longest.length : index;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

// One project per tier; `npm run test:<tier>` picks one, `npm test` runs them in this order.
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'render',
          // One Helm for all renders of a worker: the same output in a third of the time (helm-server.test.ts).
          env: { HELM_SERVER: '1' },
          // Renders and schemas are shared between files; a fresh module graph for each would make them anew.
          isolate: false,
          // vitest leaves one core idle unless told otherwise: on two, the half.
          maxWorkers: '100%',
          include: ['render', 'harness', 'scripts'].map(folder => `test/${folder}/**/*.test.ts`),
          testTimeout: 60_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'model',
          include: ['test/model/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'member',
          include: ['test/member/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
          // Half of what a scenario takes is waiting: five at a time leave the machine idle.
          maxConcurrency: 8,
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          globalSetup: ['test/cluster/setup.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // Half of what a scenario takes is waiting, and each has a namespace of its own.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          globalSetup: ['test/cluster/setup.ts'],
          testTimeout: 900_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'soak',
          include: ['test/soak/**/*.test.ts'],
          globalSetup: ['test/cluster/setup.ts'],
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
