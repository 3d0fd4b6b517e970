// Turns the OpenAPI document of a Kubernetes release into strict JSON schemas, one per kind.
import { isObject } from './json.ts';

/** A node of Kubernetes' OpenAPI document: the part of Swagger 2.0 that its `definitions` use. */
interface OpenApi {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, OpenApi>>;
  readonly required?: readonly string[];
  readonly items?: OpenApi;
  readonly additionalProperties?: OpenApi;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A JSON schema (draft-07). */
export type Schema = Readonly<Record<string, unknown>>;

/** The keyword that names what identifies an item of a list; two items that agree in it are an error. */
export const listMapKeys = 'x-kubernetes-list-map-keys';

const prefix = '#/definitions/';
const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

// What OpenAPI calls a string and Kubernetes reads more widely, or more narrowly.
const scalars: Readonly<Record<string, Schema>> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: ['integer', 'string'] },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': {
    type: ['string', 'number'],
    pattern: '^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$',
  },
};

// Free-form by design: everything else without properties is an empty structure.
const freeForm = /\.(FieldsV1|RawExtension|Patch|JSON|JSONSchemaPropsOr\w+)$/;

/**
 * Returns the schema of every kind in `swagger`, by file name as `schemaFile` gives it. They are stricter
 * than the API server's defaults, which drop what they do not know: no unknown key, no null.
 * Throws when the document has no definitions.
 */
export function kindSchemas(swagger: unknown): Map<string, Schema> {
  const definitions = definitionsOf(swagger);
  const strict = new Map(
    Object.entries(definitions).map(([name, node]) => [name, strictDefinition(name, node)]),
  );
  const schemas = new Map<string, Schema>();
  for (const [name, node] of Object.entries(definitions)) {
    const [gvk] = node['x-kubernetes-group-version-kind'] ?? [];
    if (gvk === undefined || node.properties?.metadata?.$ref !== prefix + objectMeta) continue;
    const apiVersion = gvk.group === '' ? gvk.version : `${gvk.group}/${gvk.version}`;
    schemas.set(schemaFile(apiVersion, gvk.kind), {
      $schema: 'http://json-schema.org/draft-07/schema#',
      ...kindSchema(strict.get(name) ?? {}, apiVersion, gvk.kind),
      definitions: Object.fromEntries(reachable(node, definitions).map(key => [key, strict.get(key)])),
    });
  }
  return schemas;
}

/** Returns the file name under which kubeconform looks for a kind: `statefulset-apps-v1.json`, `service-v1.json`. */
export function schemaFile(apiVersion: string, kind: string): string {
  const parts = apiVersion.split('/').map(part => part.split('.')[0]);
  return `${[kind.toLowerCase(), ...parts].join('-')}.json`;
}

function definitionsOf(swagger: unknown): Readonly<Record<string, OpenApi>> {
  if (!isObject(swagger) || !isObject(swagger.definitions))
    throw new Error(
      'The OpenAPI document has no "definitions": is it the swagger.json of a Kubernetes release?',
    );
  return swagger.definitions as Readonly<Record<string, OpenApi>>;
}

function kindSchema(schema: Schema, apiVersion: string, kind: string): Schema {
  const properties = schema.properties as Readonly<Record<string, Schema>>;
  const required = (schema.required ?? []) as readonly string[];
  return {
    ...schema,
    properties: {
      ...properties,
      apiVersion: { type: 'string', enum: [apiVersion] },
      kind: { type: 'string', enum: [kind] },
    },
    required: [...new Set([...required, 'apiVersion', 'kind', 'metadata'])],
  };
}

function strictDefinition(name: string, node: OpenApi): Schema {
  return scalars[name] ?? (freeForm.test(name) ? {} : strictSchema(node));
}

function strictSchema(node: OpenApi): Schema {
  if (node.$ref !== undefined) return { $ref: node.$ref };
  if (node.type === 'array')
    return {
      type: 'array',
      items: strictSchema(node.items ?? {}),
      ...(node['x-kubernetes-list-type'] === 'set' ? { uniqueItems: true } : {}),
      ...(node[listMapKeys] === undefined ? {} : { [listMapKeys]: node[listMapKeys] }),
    };
  if (node.type === 'object' || node.properties !== undefined)
    return {
      type: 'object',
      ...(node.properties === undefined ? {} : { properties: mapValues(node.properties, strictSchema) }),
      ...(node.required === undefined ? {} : { required: node.required }),
      additionalProperties:
        node.additionalProperties === undefined ? false : strictSchema(node.additionalProperties),
    };
  return {
    ...(node.type === undefined ? {} : { type: node.type }),
    ...(node.format === undefined ? {} : { format: node.format }),
  };
}

/** Returns the names of all definitions that `node` refers to, directly or through others, sorted. */
function reachable(node: OpenApi, definitions: Readonly<Record<string, OpenApi>>): string[] {
  const found = new Set<string>();
  const visit = (current: OpenApi): void => {
    const name = current.$ref?.slice(prefix.length);
    if (name !== undefined && !found.has(name)) {
      found.add(name);
      visit(definitions[name] ?? {});
    }
    for (const inner of Object.values(current.properties ?? {})) visit(inner);
    if (current.items !== undefined) visit(current.items);
    if (current.additionalProperties !== undefined) visit(current.additionalProperties);
  };
  visit(node);
  return [...found].sort();
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
