import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { discovery, discoveryType, openapi, openapiIndex } from './discovery.ts';
import { ApiError, badRequest, forbidden } from './error.ts';
import { isObject, type Json, type JsonObject } from './object.ts';
import { apiVersionOf, type Plural, type Resource, resources } from './resource.ts';
import { allows, everything, type Rule, type Verb } from './rules.ts';
import { type Change, type PatchType, Store } from './store.ts';

/** One request for objects, as hooks and faults see it. */
export interface ApiRequest {
  /** Who asks: the name that `urlFor` was called with. */
  client: string;
  verb: Verb;
  plural: Plural;
  name: string | undefined;
  body: Json;
}

/** Runs around a request. `drop` from an `after` hook does the work but cuts the connection. */
export type Hook = (request: ApiRequest) => Promise<'drop' | undefined> | 'drop' | undefined;

export type Fault =
  | { kind: 'status'; code: 401 | 403 | 404 | 409 | 500 | 503 }
  /** Accepts and never answers. */
  | { kind: 'hang' }
  /** Cuts the connection at once, before anything is done. */
  | { kind: 'reset' }
  | { kind: 'latency'; milliseconds: number };

type Match = (request: ApiRequest) => boolean;

const patchTypes: Record<string, PatchType> = {
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/json-patch+json': 'json',
};

const statusReasons = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  500: 'InternalError',
  503: 'ServiceUnavailable',
} as const;

interface Target {
  resource: Resource;
  name: string | undefined;
}

function targetOf(path: string, namespace: string): Target | undefined {
  const match = /^\/(api\/v1|apis\/apps\/v1)\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?$/.exec(path);
  if (match === null) return undefined;
  const [, prefix, space, plural, name] = match;
  const resource = resources.find(
    candidate =>
      candidate.plural === plural && prefix === (candidate.group === '' ? 'api/v1' : 'apis/apps/v1'),
  );
  return resource === undefined || space !== namespace ? undefined : { resource, name };
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return null;
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw badRequest(`the body is no JSON: ${String(error)}`);
  }
}

function respond(response: ServerResponse, code: number, body: JsonObject, type = 'application/json'): void {
  response.writeHead(code, { 'Content-Type': type });
  response.end(JSON.stringify(body));
}

/**
 * A Kubernetes API server for one namespace, with what real kubectl needs (discovery, OpenAPI), real
 * semantics for the objects the chart's scripts use, the Role's rules, and switches for faults.
 */
export class ApiServer {
  readonly store: Store;
  /** What clients may do; everybody has the same rules. */
  rules: readonly Rule[] = everything;
  /** Every request for objects so far, oldest first. */
  readonly requests: ApiRequest[] = [];
  readonly #before = new Set<Hook>();
  readonly #after = new Set<Hook>();
  readonly #faults = new Map<Fault, Match>();
  #server: Server | undefined;
  #port = 0;

  constructor(namespace: string) {
    this.store = new Store(namespace);
  }

  /** Listens on loopback; after `down` on the same port again. */
  async up(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else respond(response, 500, new ApiError(500, 'InternalError', String(error)).toStatus());
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the stub API server has no port');
    this.#port = address.port;
    this.#server = server;
  }

  /** Stops listening and cuts every connection: clients see "connection refused" until `up`. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>(resolve => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  /** Returns the URL a client of this name uses; hooks and faults can tell clients apart by it. */
  urlFor(client: string): string {
    return `http://127.0.0.1:${this.#port}/as/${client}`;
  }

  /** Returns the text of a kubeconfig file for a client of this name. */
  kubeconfigFor(client: string): string {
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'stub', cluster: { server: this.urlFor(client) } }],
      users: [{ name: client, user: {} }],
      contexts: [
        { name: 'stub', context: { cluster: 'stub', user: client, namespace: this.store.namespace } },
      ],
      'current-context': 'stub',
    });
  }

  /** Runs `hook` before each request is carried out; returns the function that ends it. */
  before(hook: Hook): () => void {
    this.#before.add(hook);
    return () => this.#before.delete(hook);
  }

  /** Runs `hook` after each request was carried out and before it is answered; returns the end of it. */
  after(hook: Hook): () => void {
    this.#after.add(hook);
    return () => this.#after.delete(hook);
  }

  /** Makes matching requests fail this way; returns the function that ends it. */
  fail(fault: Fault, match: Match = () => true): () => void {
    this.#faults.set(fault, match);
    return () => this.#faults.delete(fault);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stub');
    const match = /^\/as\/([^/]+)(\/.*)$/.exec(url.pathname);
    const client = match?.[1] ?? 'nobody';
    const path = match?.[2] ?? url.pathname;
    try {
      const accept = request.headers.accept ?? '';
      if (path === '/api' || path === '/apis') {
        if (!accept.includes('as=APIGroupDiscoveryList'))
          throw badRequest('only aggregated discovery is served');
        return respond(response, 200, discovery(path === '/api' ? '' : 'apps'), discoveryType);
      }
      if (path === '/openapi/v3')
        return respond(response, 200, openapiIndex(match === null ? '' : `/as/${client}`));
      if (path === '/openapi/v3/api/v1') return respond(response, 200, openapi(''));
      if (path === '/openapi/v3/apis/apps/v1') return respond(response, 200, openapi('apps'));
      // kubectl looks when an object is not found; a namespaced Role does not let a pod see namespaces.
      if (/^\/api\/v1\/namespaces\/[^/]+$/.test(path)) {
        throw forbidden('namespaces', path.slice(path.lastIndexOf('/') + 1), 'no rule for namespaces');
      }
      const target = targetOf(path, this.store.namespace);
      if (target === undefined) {
        throw new ApiError(404, 'NotFound', 'the server could not find the requested resource');
      }
      await this.#object(request, response, url, client, target);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      respond(response, error.code, error.toStatus());
    }
  }

  async #object(
    message: IncomingMessage,
    response: ServerResponse,
    url: URL,
    client: string,
    { resource, name }: Target,
  ): Promise<void> {
    const watching = url.searchParams.get('watch');
    const verbs: Record<string, Verb> = {
      GET: name !== undefined ? 'get' : watching === 'true' || watching === '1' ? 'watch' : 'list',
      POST: 'create',
      PATCH: 'patch',
      DELETE: 'delete',
    };
    const verb = verbs[message.method ?? ''];
    if (verb === undefined) {
      throw new ApiError(405, 'MethodNotAllowed', `the stub API server does not know ${message.method}`);
    }
    const request: ApiRequest = { client, verb, plural: resource.plural, name, body: await bodyOf(message) };
    this.requests.push(request);
    for (const hook of this.#before) {
      if ((await hook(request)) === 'drop') return void response.destroy();
    }
    for (const [fault, matches] of this.#faults) {
      if (!matches(request)) continue;
      switch (fault.kind) {
        case 'hang':
          return;
        case 'reset':
          return void response.destroy();
        case 'latency':
          await delay(fault.milliseconds);
          break;
        case 'status':
          throw new ApiError(
            fault.code,
            statusReasons[fault.code],
            `${statusReasons[fault.code]} (a fault of the test)`,
          );
      }
    }
    if (!allows(this.rules, request)) {
      throw forbidden(
        resource.plural,
        name ?? '',
        `User "${client}" cannot ${verb} resource "${resource.plural}" in API group "${resource.group}" in the namespace "${this.store.namespace}"`,
      );
    }
    if (verb === 'watch') return this.#watch(response, resource, url.searchParams);
    const answer = this.#carryOut(request, resource, url.searchParams, message.headers['content-type'] ?? '');
    for (const hook of this.#after) {
      if ((await hook(request)) === 'drop') return void response.destroy();
    }
    respond(response, verb === 'create' ? 201 : 200, answer);
  }

  #carryOut(
    request: ApiRequest,
    resource: Resource,
    parameters: URLSearchParams,
    contentType: string,
  ): JsonObject {
    const { plural } = resource;
    const name = request.name ?? '';
    const { body } = request;
    switch (request.verb) {
      case 'get':
        return this.store.get(plural, name) as unknown as JsonObject;
      case 'create':
        if (!isObject(body)) throw badRequest('the body of a create is an object');
        return this.store.create(plural, body) as unknown as JsonObject;
      case 'patch': {
        const type = patchTypes[contentType.split(';')[0] ?? ''];
        if (type === undefined) {
          throw new ApiError(415, 'UnsupportedMediaType', `the stub API server does not know ${contentType}`);
        }
        return this.store.patch(plural, name, type, body) as unknown as JsonObject;
      }
      case 'delete': {
        const wanted = isObject(body) && isObject(body.preconditions) ? body.preconditions : {};
        const deleted = this.store.delete(plural, name, {
          ...(typeof wanted.uid === 'string' ? { uid: wanted.uid } : {}),
          ...(typeof wanted.resourceVersion === 'string' ? { resourceVersion: wanted.resourceVersion } : {}),
        });
        return {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Success',
          details: { name, kind: plural, uid: deleted.metadata.uid },
        };
      }
      default: {
        const field = /^metadata\.name=(.+)$/.exec(parameters.get('fieldSelector') ?? '')?.[1];
        const items = this.store
          .list(plural, parameters.get('labelSelector') ?? '')
          .filter(object => field === undefined || object.metadata.name === field);
        return {
          kind: `${resource.kind}List`,
          apiVersion: apiVersionOf(resource),
          metadata: { resourceVersion: this.store.version },
          items: items as unknown as JsonObject[],
        };
      }
    }
  }

  #watch(response: ServerResponse, resource: Resource, parameters: URLSearchParams): void {
    const field = /^metadata\.name=(.+)$/.exec(parameters.get('fieldSelector') ?? '')?.[1];
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    const send = ({ type, plural, object }: Change) => {
      if (plural !== resource.plural || (field !== undefined && object.metadata.name !== field)) return;
      response.write(`${JSON.stringify({ type, object })}\n`);
    };
    for (const change of this.store.since(parameters.get('resourceVersion') ?? this.store.version))
      send(change);
    response.on('close', this.store.onChange(send));
  }
}
