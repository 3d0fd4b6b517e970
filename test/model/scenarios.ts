import type { FaultKind } from './faults.ts';
import { type Protocol, protocol } from './rules.ts';
import type { Search } from './search.ts';
import { formed, installed } from './state.ts';

/** Where a search begins, and what may happen. */
export interface Scenario {
  name: string;
  from: 'nothing' | 'formed';
  replicas: number;
  kinds: readonly FaultKind[];
  faults: number;
  strict?: true;
  /** Each pod looks at its volume before anything else happens. */
  looked?: true;
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
  { name: 'scaling alone', from: 'formed', replicas: 2, kinds: ['scale'], faults: 2, strict: true },
  { name: 'scaling', from: 'formed', replicas: 3, kinds: ['scale', 'sleep', 'crash', 'lose'], faults: 2 },
  {
    name: 'restore',
    from: 'formed',
    replicas: 3,
    kinds: ['lose', 'restore', 'withdraw', 'delete'],
    faults: 3,
  },
  {
    name: 'restore that insists',
    from: 'formed',
    replicas: 3,
    kinds: ['insist', 'crash', 'record', 'api'],
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
  {
    name: 'an old record put back while a restore ends',
    from: 'formed',
    replicas: 3,
    kinds: ['insist', 'putBack'],
    faults: 2,
  },
];

/** What the protocol does not keep yet, and how that shows. */
export const gaps: readonly (Scenario & { breaks: RegExp })[] = [
  {
    name: 'copies on all other claims hold the founder back only once their pods have looked',
    from: 'formed',
    replicas: 3,
    kinds: ['rebind', 'lose'],
    faults: 3,
    breaks: /although a volume holds older data/,
  },
  {
    name: 'a joiner goes on after the record that it owned was deleted, beside a founder that lost its name',
    from: 'nothing',
    replicas: 2,
    kinds: ['stray', 'record'],
    faults: 2,
    breaks: /no good state can be reached/,
  },
];

/** Returns the search of a scenario, with all rules in force unless told otherwise. */
export function searchOf(scenario: Scenario, rules: Protocol = protocol(), more = 0): Search {
  const faults = scenario.faults + more;
  return {
    first:
      scenario.from === 'formed' ? formed(scenario.replicas, faults) : installed(scenario.replicas, faults),
    protocol: rules,
    kinds: scenario.kinds,
    symmetric:
      !scenario.kinds.includes('scale') && !scenario.kinds.includes('sleep') && scenario.replicas !== 2,
    atMost: 20_000_000,
    ...(scenario.strict === true ? { strict: true } : {}),
    ...(scenario.looked === true ? { looked: true } : {}),
  };
}
