import type { Invariant, Scene } from './invariant.ts';
import { metadataInvariants } from './metadata.ts';
import { podInvariants } from './pods.ts';
import { referenceInvariants } from './references.ts';
import { routeInvariants } from './routes.ts';
import { selectorInvariants } from './selectors.ts';
import { textInvariants } from './text.ts';

export type { Scene } from './invariant.ts';

/** What must hold for every render, whatever the values. */
export const invariants: readonly Invariant[] = [
  ...metadataInvariants,
  ...selectorInvariants,
  ...routeInvariants,
  ...podInvariants,
  ...referenceInvariants,
  ...textInvariants,
];

/** Returns every invariant that a render breaks, one line each: the invariant, and where it is broken. */
export function brokenInvariants(scene: Scene): string[] {
  return invariants.flatMap(({ name, complaints }) =>
    complaints(scene).map(complaint => `${name}: ${complaint}`),
  );
}
