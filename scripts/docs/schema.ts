// The descriptions in chart/values.schema.json, which editors show: the same words as in values.yaml.
import type { ValueDoc } from './values.ts';

type Schema = Record<string, unknown>;

/**
 * Returns a copy of `schema` in which every key of `docs` bears its description. Throws for a key that the
 * schema does not know.
 */
export function withDescriptions(schema: Schema, docs: readonly ValueDoc[]): Schema {
  const described = structuredClone(schema);
  for (const { path, description } of docs) {
    let node = described;
    for (const key of path) node = child(child(node, 'properties', path), key, path);
    node.description = description;
  }
  return described;
}

function child(node: Schema, key: string, path: readonly string[]): Schema {
  const value = node[key];
  if (typeof value !== 'object' || value === null)
    throw new Error(`values.schema.json does not know ${path.join('.')}, which is in values.yaml; add it`);
  return value as Schema;
}
