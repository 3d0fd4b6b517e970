// The chart's values schema, seen key by key.
import { isObject } from './json.ts';
import type { Path } from './values-tree.ts';

/** One place of the schema: a key of the values, or the items of a list (`[]`) or of a free map (`*`) there. */
export interface SchemaNode {
  readonly path: Path;
  readonly schema: Readonly<Record<string, unknown>>;
  /** The keys that the schema names there; none for a value that has no keys of its own. */
  readonly keys: readonly string[];
}

/** Returns every place of a draft-07 schema, the root first; references within it are followed. */
export function schemaNodes(root: Readonly<Record<string, unknown>>): SchemaNode[] {
  const visit = (schema: unknown, path: Path): SchemaNode[] => {
    const resolved = resolve(root, schema);
    const properties = isObject(resolved.properties) ? resolved.properties : {};
    return [
      { path, schema: resolved, keys: Object.keys(properties) },
      ...Object.entries(properties).flatMap(([key, inner]) => visit(inner, [...path, key])),
      ...(isObject(resolved.items) ? visit(resolved.items, [...path, '[]']) : []),
      ...freeKeys(resolved).flatMap(inner => visit(inner, [...path, '*'])),
    ];
  };
  return visit(root, []);
}

/** Returns the schemas of the keys that a map may have without their being named. */
function freeKeys({ patternProperties, additionalProperties }: Readonly<Record<string, unknown>>): unknown[] {
  return [
    ...(isObject(patternProperties) ? Object.values(patternProperties) : []),
    ...(isObject(additionalProperties) ? [additionalProperties] : []),
  ];
}

/** Returns the types that a schema allows. */
export function typesOf({ type }: Readonly<Record<string, unknown>>): readonly string[] {
  return Array.isArray(type) ? type.map(String) : [String(type)];
}

function resolve(
  root: Readonly<Record<string, unknown>>,
  schema: unknown,
): Readonly<Record<string, unknown>> {
  if (!isObject(schema)) throw new Error(`${JSON.stringify(schema)} is no schema`);
  const { $ref: reference, ...beside } = schema;
  if (typeof reference !== 'string') return schema;
  const target = reference
    .split('/')
    .slice(1)
    .reduce<unknown>((node, key) => (isObject(node) ? node[key] : undefined), root);
  return { ...resolve(root, target), ...beside };
}
