import { defineConfig } from 'vitest/config';

// One project per tier; `npm run test:<tier>` picks one, `npm test` runs them in this order.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'render',
          // Renders and schemas are shared between files; a fresh module graph for each would make them anew.
          isolate: false,
          // vitest leaves one core idle unless told otherwise: on two, the half.
          maxWorkers: '100%',
          include: ['test/render/**/*.test.ts', 'test/scripts/**/*.test.ts'],
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
          // One cluster on a small machine: scenarios in parallel would only time each other out.
          fileParallelism: false,
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
