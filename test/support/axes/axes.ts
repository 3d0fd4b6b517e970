// The settings of the chart and the values that each is tried with: all of it read from the schema, from the
// permutations picked by hand and from the example values, so that a new key is tried without a word about it here.
import { isDeepStrictEqual } from 'node:util';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { permutations } from '../permutations.ts';
import { coalesce, defaultValues, examples, valuesComplaints, valuesSchema } from '../values.ts';
import { type SchemaNode, schemaNodes, typesOf } from '../values-schema.ts';
import { only, type Path, valueAt } from '../values-tree.ts';
import type { Choice } from './pairs.ts';

/** One setting and what it is set to; undefined leaves it at its default. */
export interface Axis {
  /** `service.type` */
  readonly name: string;
  readonly path: Path;
  readonly levels: readonly (Json | undefined)[];
}

/** For each axis, which of its levels is chosen. */
export type Row = readonly number[];

/** Returns every setting that the schema names, with its default, the ends of its range, and what examples set it to. */
export function axes(): Axis[] {
  const environments = examples().map(({ values }) => values);
  return schemaNodes(valuesSchema())
    .filter(
      ({ path, keys }) => path.length > 0 && path.every(isNamed) && (keys.length === 0 || isOneSetting(path)),
    )
    .filter(({ path }) => !path.some((_, index) => index > 0 && isOneSetting(path.slice(0, index))))
    .map(node => ({
      name: node.path.join('.'),
      path: node.path,
      levels: [undefined, ...levels(node, environments)],
    }));
}

/** Returns for each setting that a switch beside or above it turns on (`enabled`, `create`) that switch, turned on. */
export function switches(all: readonly Axis[]): ReadonlyMap<number, Choice> {
  const found = new Map<number, Choice>();
  for (const [index, { name, path }] of all.entries()) {
    const [nearest] = all
      .filter(
        other =>
          other.name !== name &&
          other.path.length > 1 &&
          ['enabled', 'create'].includes(other.path.at(-1) ?? '') &&
          other.path.slice(0, -1).every((key, depth) => key === path[depth]),
      )
      .sort((one, other) => other.path.length - one.path.length);
    if (nearest === undefined) continue;
    const isOn = (value: Json | undefined): boolean =>
      (value ?? valueAt(defaultValues(), nearest.path)) === true;
    found.set(index, { axis: all.indexOf(nearest), level: nearest.levels.findIndex(isOn) });
  }
  return found;
}

/** Returns the values that a row stands for: only what differs from the defaults. */
export function valuesOf(row: Row, all: readonly Axis[]): JsonObject {
  return all.reduce<JsonObject>((values, { path, levels }, index) => {
    const value = levels[row[index] ?? 0];
    return value === undefined ? values : coalesce(values, only(path, value));
  }, {});
}

/** A map that is empty by default is set as a whole. */
function isOneSetting(path: Path): boolean {
  const value = valueAt(defaultValues(), path);
  return isObject(value) && Object.keys(value).length === 0;
}

/** The items of a list and the keys of a free map are no settings of their own. */
function isNamed(key: string): boolean {
  return key !== '[]' && key !== '*';
}

function levels({ path, schema }: SchemaNode, environments: readonly JsonObject[]): Json[] {
  const { enum: choices, minimum, maximum } = schema;
  const own = distinct(path, [
    ...(Array.isArray(choices) ? (choices as Json[]) : []),
    ...(typesOf(schema).includes('boolean') ? [true, false] : []),
    ...[minimum, maximum].filter(bound => typeof bound === 'number'),
    ...permutations.map(({ values }) => valueAt(values, path)),
  ]);
  // Ten clouds have ten classes, and whatever goes with one goes with the others.
  return own.length > 0
    ? own
    : distinct(
        path,
        environments.map(values => valueAt(values, path)),
      ).slice(0, 2);
}

/** Returns the values that are no default of `path`, that its schema takes by themselves, each once. */
function distinct(path: Path, candidates: readonly (Json | undefined)[]): Json[] {
  const chosen: Json[] = [];
  for (const value of candidates) {
    const known = [valueAt(defaultValues(), path), ...chosen].some(other => isDeepStrictEqual(other, value));
    if (value === undefined || known || valuesComplaints(only(path, value)).length > 0) continue;
    chosen.push(value);
  }
  return chosen;
}
