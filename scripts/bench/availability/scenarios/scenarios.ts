import type { Scenario } from '../scenario.ts';
import { allDeleted } from './all-pods.ts';
import { install } from './install.ts';
import { leaderDeleted, leaderKilled } from './leader.ts';
import { restart, upgrade } from './rollout.ts';
import { scaleIn, scaleOut } from './scale.ts';
import { lostVolumes } from './volume.ts';

/** Everything that is measured, in the order of the report. */
export const scenarios: readonly Scenario[] = [
  install,
  leaderDeleted,
  leaderKilled,
  restart,
  upgrade,
  ...lostVolumes,
  scaleOut,
  scaleIn,
  allDeleted,
];
