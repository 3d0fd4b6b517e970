import type { JsonObject } from './object.ts';
import { apiVersionOf, type Resource, resources } from './resource.ts';

/** The media type of aggregated discovery, which kubectl asks for first. */
export const discoveryType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'watch'];

function discovered(resource: Resource): JsonObject {
  return {
    resource: resource.plural,
    responseKind: { group: resource.group, version: 'v1', kind: resource.kind },
    scope: 'Namespaced',
    singularResource: resource.singular,
    shortNames: [resource.shortName],
    verbs,
  };
}

/** Returns the aggregated discovery document of `/api` (group '') or `/apis` (every named group). */
export function discovery(group: '' | 'apps'): JsonObject {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: [
      {
        metadata: group === '' ? {} : { name: group },
        versions: [
          {
            version: 'v1',
            freshness: 'Current',
            resources: resources.filter(resource => resource.group === group).map(discovered),
          },
        ],
      },
    ],
  };
}

/** Returns the index of OpenAPI v3 documents; `root` is the path prefix that the client was given. */
export function openapiIndex(root: string): JsonObject {
  return {
    paths: {
      'api/v1': { serverRelativeURL: `${root}/openapi/v3/api/v1` },
      'apis/apps/v1': { serverRelativeURL: `${root}/openapi/v3/apis/apps/v1` },
    },
  };
}

/**
 * Returns an OpenAPI v3 document that says what kubectl looks for before it creates: that the server
 * checks unknown fields itself.
 */
export function openapi(group: '' | 'apps'): JsonObject {
  const paths: JsonObject = {};
  for (const resource of resources.filter(candidate => candidate.group === group)) {
    const base = group === '' ? '/api/v1' : `/apis/${apiVersionOf(resource)}`;
    paths[`${base}/namespaces/{namespace}/${resource.plural}/{name}`] = {
      patch: {
        'x-kubernetes-group-version-kind': { group, version: 'v1', kind: resource.kind },
        parameters: [{ name: 'fieldValidation', in: 'query', schema: { type: 'string' } }],
        responses: {},
      },
    };
  }
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'v1.37.2' }, paths };
}
