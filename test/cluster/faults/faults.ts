import { processFaults } from './process.ts';
import type { Fault } from './scenario.ts';

/** Every fault of every class. */
export const faults: readonly Fault[] = [...processFaults];
