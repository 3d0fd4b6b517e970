import { compact, settle } from './cluster.ts';
import { type FaultKind, faultSteps } from './faults.ts';
import { brokenInvariant } from './invariants.ts';
import { keeperSteps } from './keeper.ts';
import { kubernetesSteps } from './kubernetes.ts';
import type { Protocol } from './rules.ts';
import { hasFound, startSteps } from './start.ts';
import { copyState, ordinals, type State, stray } from './state.ts';

/** Offers one step: its label, and how it changes the state. */
export type Emit = (label: string, change: (next: State) => void, kind?: 'fault') => void;

export interface Step {
  label: string;
  fault: boolean;
  state: State;
}

/** Returns every step that can follow a state. With `looked`, each pod reads its volume before anything else happens. */
export function stepsFrom(
  state: State,
  protocol: Protocol,
  kinds: ReadonlySet<FaultKind>,
  looked: boolean,
): Step[] {
  const found: Step[] = [];
  const emit: Emit = (label, change, kind) => {
    const next = copyState(state);
    change(next);
    if (next.broken === '') settle(next);
    if (next.broken === '') next.broken = brokenInvariant(next);
    compact(next);
    forgetRequests(next);
    found.push({ label, fault: kind === 'fault', state: next });
  };
  const first = looked && state.api ? ordinals.find(at => hasFound(state, at)) : undefined;
  if (first !== undefined && protocol.has('annotateFound')) {
    startSteps(state, first, protocol, emit);
    return found;
  }
  for (const at of [...ordinals, stray]) {
    startSteps(state, at, protocol, emit);
    keeperSteps(state, at, protocol, emit);
  }
  kubernetesSteps(state, protocol, emit);
  faultSteps(state, kinds, emit);
  return found;
}

/** What neither the record nor a volume lists as finished may be carried out again. */
function forgetRequests(state: State): void {
  if (state.restored === 0) return;
  let known = state.record?.finished ?? 0;
  for (const { volume } of state.claims) {
    if (volume.data !== undefined) known |= volume.identity?.finished ?? 0;
    known |= volume.stagedFinished;
  }
  state.restored &= known;
}
