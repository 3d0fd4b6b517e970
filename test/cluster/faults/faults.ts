import { processFaults } from './process.ts';
import { rolloutFaults } from './rollout.ts';
import { scaleFaults } from './scale.ts';
import type { Fault } from './scenario.ts';

/** Every fault of every class. */
export const faults: readonly Fault[] = [...processFaults, ...scaleFaults, ...rolloutFaults];
