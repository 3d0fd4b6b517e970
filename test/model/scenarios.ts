import type { FaultKind } from './faults.ts';
import {
  behind,
  formed,
  installed,
  joining,
  newestLost,
  older,
  restored,
  scaledIn,
  sourceGone,
  survived,
} from './first-states.ts';
import { type Protocol, protocol } from './rules.ts';
import type { Search } from './search.ts';

const firstStates = {
  nothing: installed,
  formed,
  survived,
  restored,
  newestLost,
  sourceGone,
  behind,
  older,
  scaledIn,
  joining,
};

/** The first state of a search, and the faults that may happen. */
export interface Scenario {
  name: string;
  from: keyof typeof firstStates;
  replicas: number;
  kinds: readonly FaultKind[];
  faults: number;
  /** No state may wait for a user. */
  strict?: true;
  /** Each pod reads its volume before anything else happens. */
  looked?: true;
  /** Volumes keep what is archived. */
  archives?: true;
}

export const scenarios: readonly Scenario[] = [
  { name: 'first install', from: 'nothing', replicas: 3, kinds: [], faults: 0, strict: true },
  {
    name: 'first install, interrupted',
    from: 'nothing',
    replicas: 2,
    kinds: ['crash', 'delete', 'lose', 'wipe', 'api'],
    faults: 2,
  },
  { name: 'volumes', from: 'formed', replicas: 3, kinds: ['crash', 'delete', 'lose', 'wipe'], faults: 2 },
  { name: 'copies', from: 'formed', replicas: 3, kinds: ['copy', 'rebind', 'strip', 'api'], faults: 2 },
  {
    name: 'the record',
    from: 'formed',
    replicas: 3,
    kinds: ['record', 'delete', 'lose', 'putBack'],
    faults: 2,
  },
  {
    name: 'a pod that lost its name',
    from: 'formed',
    replicas: 3,
    kinds: ['stray', 'crash', 'lose'],
    faults: 2,
  },
  {
    name: 'copies on all other claims',
    from: 'formed',
    replicas: 3,
    kinds: ['rebind', 'lose'],
    faults: 3,
    looked: true,
  },
  { name: 'only scaling', from: 'formed', replicas: 2, kinds: ['scale'], faults: 2, strict: true },
  { name: 'scaling', from: 'formed', replicas: 3, kinds: ['scale', 'sleep', 'crash', 'lose'], faults: 2 },
  { name: 'restore', from: 'formed', replicas: 3, kinds: ['lose', 'restore', 'delete'], faults: 3 },
  { name: 'forced restore', from: 'formed', replicas: 3, kinds: ['force', 'api'], faults: 2 },
  {
    name: 'forced restore, withdrawn',
    from: 'formed',
    replicas: 2,
    kinds: ['force', 'withdraw', 'crash'],
    faults: 2,
  },
  {
    name: 'restore from a copy',
    from: 'formed',
    replicas: 2,
    kinds: ['rebind', 'restore', 'withdraw'],
    faults: 3,
    looked: true,
  },
  { name: 'a source that is behind', from: 'behind', replicas: 2, kinds: ['outage', 'restore'], faults: 2 },
  {
    name: 'a source that is behind, beside one volume',
    from: 'behind',
    replicas: 3,
    kinds: ['lose', 'restore'],
    faults: 2,
    looked: true,
  },
  {
    name: 'a source without identity',
    from: 'formed',
    replicas: 3,
    kinds: ['strip', 'lose', 'restore'],
    faults: 3,
  },
  {
    name: 'restore while the set is scaled',
    from: 'formed',
    replicas: 2,
    kinds: ['scale', 'delete', 'restore'],
    faults: 3,
  },
  {
    name: 'the source of a restore is lost',
    from: 'survived',
    replicas: 2,
    kinds: ['force', 'lose'],
    faults: 2,
    archives: true,
  },
  {
    name: 'a restore after one whose source is lost',
    from: 'newestLost',
    replicas: 3,
    kinds: ['restore', 'crash'],
    faults: 2,
  },
  {
    name: 'the source of a restore is scaled in',
    from: 'sourceGone',
    replicas: 2,
    kinds: ['force', 'restore', 'scale'],
    faults: 2,
  },
  {
    name: 'requests replace each other',
    from: 'formed',
    replicas: 2,
    kinds: ['force', 'restore'],
    faults: 2,
  },
  {
    name: 'requests that cannot be carried out',
    from: 'formed',
    replicas: 2,
    kinds: ['useless', 'sleep', 'scale'],
    faults: 2,
  },
  {
    name: 'a request to a set that lost its record',
    from: 'formed',
    replicas: 2,
    kinds: ['record', 'crash', 'restore'],
    faults: 3,
  },
  {
    name: 'a request while members leave',
    from: 'scaledIn',
    replicas: 3,
    kinds: ['record', 'restore'],
    faults: 2,
  },
  {
    name: 'a request while a member joins',
    from: 'joining',
    replicas: 2,
    kinds: ['lose', 'delete', 'restore'],
    faults: 3,
  },
  {
    name: 'a restore from a copy while a member joins',
    from: 'joining',
    replicas: 2,
    kinds: ['rebind', 'delete', 'restore'],
    faults: 3,
    looked: true,
  },
  {
    name: 'a request after a member left',
    from: 'scaledIn',
    replicas: 2,
    kinds: ['lose', 'delete', 'restore'],
    faults: 3,
  },
  {
    name: 'a copy of an older generation',
    from: 'older',
    replicas: 2,
    kinds: ['restore', 'delete'],
    faults: 2,
  },
  {
    name: 'restore from an archive',
    from: 'formed',
    replicas: 2,
    kinds: ['force', 'archived'],
    faults: 2,
    archives: true,
  },
  { name: 'an alarm', from: 'formed', replicas: 3, kinds: ['alarm', 'restore', 'lose'], faults: 2 },
  {
    name: 'an unknown record is put back',
    from: 'formed',
    replicas: 3,
    kinds: ['unknown', 'delete', 'restore'],
    faults: 3,
  },
  {
    name: 'an old record is put back while a restore ends',
    from: 'formed',
    replicas: 2,
    kinds: ['force', 'putBack'],
    faults: 2,
  },
];

/** The invariants that the protocol does not keep yet, and what they break in. */
export const gaps: readonly (Scenario & { breaks: RegExp })[] = [
  {
    name: 'copies on all other claims prevent a bootstrap only after their pods have annotated them',
    from: 'formed',
    replicas: 3,
    kinds: ['rebind', 'lose'],
    faults: 3,
    breaks: /although a volume holds older data/,
  },
  {
    name: 'a joiner goes on after the record that it owned is deleted, beside a bootstrap member that lost its name',
    from: 'nothing',
    replicas: 2,
    kinds: ['stray', 'record'],
    faults: 2,
    breaks: /no good state can be reached/,
  },
  {
    name: 'a restore that took over is withdrawn after the first source archived its data',
    from: 'formed',
    replicas: 2,
    kinds: ['force', 'withdraw'],
    faults: 3,
    breaks: /no good state can be reached/,
  },
];

/** Returns the search of a scenario, by default with all rules in force. */
export function searchOf(scenario: Scenario, rules: Protocol = protocol(), more = 0): Search {
  const faults = scenario.faults + more;
  const first = firstStates[scenario.from](scenario.replicas, faults);
  return {
    first: { ...first, archives: scenario.archives === true },
    protocol: rules,
    kinds: scenario.kinds,
    symmetric:
      !scenario.kinds.includes('scale') && !scenario.kinds.includes('sleep') && scenario.replicas === 3,
    atMost: 20_000_000,
    ...(scenario.strict === true ? { strict: true } : {}),
    ...(scenario.looked === true ? { looked: true } : {}),
  };
}
