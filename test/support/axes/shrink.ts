import type { JsonObject } from '../json.ts';
import { coalesce } from '../values.ts';
import { leaves, only, type Path, valueAt } from '../values-tree.ts';

/**
 * Returns the smallest part of `values` that `fails` still: leaves are taken away, many at a time and then one by
 * one, for as long as that keeps it failing. `fails` is asked some ten times for each leaf that has to stay.
 */
export async function shrink(
  values: JsonObject,
  fails: (values: JsonObject) => Promise<boolean>,
): Promise<JsonObject> {
  let kept = leaves(values);
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < kept.length; ) {
      const fewer = kept.filter((_, index) => index < start || index >= start + size);
      if (await fails(picked(values, fewer))) kept = fewer;
      else start += size;
    }
  }
  return picked(values, kept);
}

/** Returns what `values` have at `paths`, and nothing else. */
function picked(values: JsonObject, paths: readonly Path[]): JsonObject {
  return paths.reduce<JsonObject>((rest, path) => {
    const value = valueAt(values, path);
    return value === undefined ? rest : coalesce(rest, only(path, value));
  }, {});
}
