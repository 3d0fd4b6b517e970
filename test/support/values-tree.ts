import { isObject, type Json, type JsonObject } from './json.ts';

/** Where a value is: `['image', 'tag']`. */
export type Path = readonly string[];

/** Returns the paths of all values in `tree` that are not maps with keys of their own, in its order. */
export function leaves(tree: JsonObject, parent: Path = []): Path[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    isObject(value) && Object.keys(value).length > 0
      ? leaves(value as JsonObject, [...parent, key])
      : [[...parent, key]],
  );
}

/** Returns the paths of everything in `tree`: its leaves and the maps that hold them. */
export function nodes(tree: JsonObject): Path[] {
  const all = leaves(tree).flatMap(path => path.map((_, index) => path.slice(0, index + 1)));
  return [...new Map(all.map(path => [path.join('.'), path])).values()];
}

/** Returns the value at `path`; undefined when there is none. */
export function valueAt(tree: JsonObject, path: Path): Json | undefined {
  let current: Json | undefined = tree;
  for (const key of path) current = isObject(current) ? (current as JsonObject)[key] : undefined;
  return current;
}

/** Returns values that set `path` and nothing else. */
export function only(path: Path, value: Json): JsonObject {
  const [first = '', ...rest] = path;
  return { [first]: rest.length === 0 ? value : only(rest, value) };
}
