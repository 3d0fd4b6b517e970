import { apiServerFaults } from './api-server.ts';
import { networkFaults } from './network.ts';
import { pressureFaults } from './pressure.ts';
import { processFaults } from './process.ts';
import { recoveryFaults } from './recovery.ts';
import { rolloutFaults } from './rollout.ts';
import { scaleFaults } from './scale.ts';
import type { Fault } from './scenario.ts';
import { volumeFaults } from './volume.ts';

/** Every fault of every class. */
export const faults: readonly Fault[] = [
  ...processFaults,
  ...volumeFaults,
  ...scaleFaults,
  ...networkFaults,
  ...apiServerFaults,
  ...pressureFaults,
  ...rolloutFaults,
  ...recoveryFaults,
];
