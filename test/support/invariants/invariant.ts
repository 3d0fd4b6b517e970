import type { Rendered } from '../helm.ts';
import type { JsonObject } from '../json.ts';

/** A render and what it was asked for. */
export interface Scene {
  readonly rendered: Rendered;
  readonly values: JsonObject;
  /** The namespace of the release. */
  readonly namespace: string;
}

/** What must hold for every render, whatever the values. */
export interface Invariant {
  /** A sentence: `every Service leads to a port of the pods`. */
  readonly name: string;
  /** Returns what breaks it, one line each; none when it holds. */
  readonly complaints: (scene: Scene) => string[];
}

/** Returns every text in `node`, at any depth: what a person names in the values is theirs to bring. */
export function texts(node: unknown): string[] {
  if (typeof node === 'string') return [node];
  return typeof node === 'object' && node !== null ? Object.values(node).flatMap(texts) : [];
}
