import { encode } from './encoding.ts';
import type { FaultKind } from './faults.ts';
import { isGood, lostCause } from './invariants.ts';
import type { Protocol } from './rules.ts';
import type { State } from './state.ts';
import { type Step, stepsFrom } from './step.ts';

export interface Search {
  first: State;
  protocol: Protocol;
  kinds: readonly FaultKind[];
  /** Are ordinals 1 and 2 interchangeable? Not if the set is scaled. */
  symmetric: boolean;
  /** No state may wait for a user. */
  strict?: boolean;
  /** Each pod reads its volume before anything else happens. */
  looked?: boolean;
  /** The search throws if there are more states than this. */
  atMost: number;
}

export interface Outcome {
  states: number;
  /** The broken invariant, or nothing. */
  broken: string;
  /** The shortest way there, from the first state. */
  trace: readonly Step[];
}

const stuck = 'without further faults no good state can be reached';

/**
 * Explores every state that can be reached, the nearest first. Returns the shortest trace to a state that breaks an
 * invariant; or else to a state from which, without further faults, no good state can be reached, although it does not
 * wait for a user for a documented reason. Throws if there are more than `atMost` states.
 */
export function search(of: Search): Outcome {
  const kinds = new Set(of.kinds);
  const numbers = new Map<string, number>();
  const parents: number[] = [];
  const goals: boolean[] = [];
  const excused: boolean[] = [];
  const from: number[] = [];
  const to: number[] = [];
  let frontier: State[] = [];
  const visit = (state: State, parent: number): { number: number; fresh: boolean } => {
    const key = encode(state, of.symmetric) + state.broken;
    const known = numbers.get(key);
    if (known !== undefined) return { number: known, fresh: false };
    const number = numbers.size;
    if (number >= of.atMost) throw new Error(`more than ${of.atMost} states: spend fewer faults`);
    numbers.set(key, number);
    parents.push(parent);
    return { number, fresh: true };
  };
  visit(of.first, -1);
  frontier.push(of.first);
  let number = 0;
  while (frontier.length > 0) {
    const next: State[] = [];
    for (const state of frontier) {
      const waits = of.strict !== true && lostCause(state) !== '';
      goals.push(isGood(state) || (waits && state.request !== undefined));
      excused.push(waits);
      for (const step of stepsFrom(state, of.protocol, kinds, of.looked === true)) {
        const seen = visit(step.state, number);
        if (step.state.broken !== '') {
          return {
            states: numbers.size,
            broken: step.state.broken,
            trace: way(of, kinds, numbers, parents, seen.number),
          };
        }
        if (!step.fault) {
          from.push(number);
          to.push(seen.number);
        }
        if (seen.fresh) next.push(step.state);
      }
      number++;
    }
    frontier = next;
  }
  const alive = reaching(goals, from, to);
  const dead = alive.findIndex((reaches, index) => !reaches && excused[index] !== true);
  if (dead < 0) return { states: numbers.size, broken: '', trace: [] };
  return { states: numbers.size, broken: stuck, trace: way(of, kinds, numbers, parents, dead) };
}

/** Returns from which states a goal can be reached. */
function reaching(goals: readonly boolean[], from: readonly number[], to: readonly number[]): boolean[] {
  const reached = [...goals];
  const starts = new Int32Array(goals.length + 1);
  for (const end of to) starts[end + 1] = (starts[end + 1] ?? 0) + 1;
  for (let index = 1; index < starts.length; index++)
    starts[index] = (starts[index] ?? 0) + (starts[index - 1] ?? 0);
  const before = new Int32Array(from.length);
  const filled = starts.slice();
  for (const [index, end] of to.entries()) {
    const place = filled[end] ?? 0;
    before[place] = from[index] ?? 0;
    filled[end] = place + 1;
  }
  const open = goals.flatMap((good, index) => (good ? [index] : []));
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (let index = starts[state] ?? 0; index < (starts[state + 1] ?? 0); index++) {
      const previous = before[index] ?? 0;
      if (reached[previous] === true) continue;
      reached[previous] = true;
      open.push(previous);
    }
  }
  return reached;
}

/** Repeats the steps from the first state to the numbered one, to get their labels. */
function way(
  of: Search,
  kinds: ReadonlySet<FaultKind>,
  numbers: ReadonlyMap<string, number>,
  parents: readonly number[],
  last: number,
): Step[] {
  const path: number[] = [];
  for (let at = last; at > 0; at = parents[at] ?? 0) path.unshift(at);
  const trace: Step[] = [];
  let state = of.first;
  for (const number of path) {
    const step = stepsFrom(state, of.protocol, kinds, of.looked === true).find(
      candidate => numbers.get(encode(candidate.state, of.symmetric) + candidate.state.broken) === number,
    );
    if (step === undefined) throw new Error(`the way to state ${last} is lost at ${number}`);
    trace.push(step);
    state = step.state;
  }
  return trace;
}
