import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { alreadyExists, badRequest, conflict, invalid, notFound } from './error.ts';
import {
  type ApiObject,
  isObject,
  type Json,
  type JsonObject,
  type OwnerReference,
  toJson,
} from './object.ts';
import { jsonPatch, mergePatch, strategicPatch } from './patch.ts';
import { apiVersionOf, type Plural, resourceOf, resources } from './resource.ts';
import { labelSelector } from './selector.ts';

export type PatchType = 'merge' | 'strategic' | 'json';

export interface Preconditions {
  uid?: string;
  resourceVersion?: string;
}

/** What a caller gives to create an object; the server fills in the rest. */
export interface Draft {
  metadata: {
    name: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: OwnerReference[];
    finalizers?: string[];
  };
  spec?: JsonObject;
  status?: JsonObject;
  data?: Record<string, string>;
}

export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  plural: Plural;
  object: ApiObject;
}

const claimProtection = 'kubernetes.io/pvc-protection';

function stringMap(value: Json | undefined, path: string): Record<string, string> | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value)) throw badRequest(`${path} is not an object`);
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== 'string') {
      throw badRequest(
        `json: cannot unmarshal ${typeof item} into Go struct field ${path}.${key} of type string`,
      );
    }
  }
  return value as Record<string, string>;
}

function owners(value: Json | undefined, kind: string, name: string): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) throw badRequest('metadata.ownerReferences is not a list');
  const uids = new Set<string>();
  for (const [index, item] of value.entries()) {
    for (const field of ['apiVersion', 'kind', 'name', 'uid']) {
      if (!isObject(item) || typeof item[field] !== 'string' || item[field] === '') {
        throw invalid(kind, name, `metadata.ownerReferences[${index}].${field}: must not be empty`);
      }
    }
    if (isObject(item) && typeof item.uid === 'string') {
      if (uids.has(item.uid))
        throw invalid(kind, name, `metadata.ownerReferences: duplicate uid ${item.uid}`);
      uids.add(item.uid);
    }
  }
}

/** A pod that the kubelet runs: only the kubelet's word that its processes ended removes it. */
function onNode(object: ApiObject): boolean {
  return object.kind === 'Pod' && typeof object.spec?.nodeName === 'string';
}

/** Throws a 400 or 422, as Kubernetes would, when `json` is no object of this kind. */
function check(json: JsonObject, plural: Plural): asserts json is JsonObject & { metadata: JsonObject } {
  const { kind } = resourceOf(plural);
  if (json.kind !== kind) throw badRequest(`the object provided is a ${String(json.kind)}, not a ${kind}`);
  if (!isObject(json.metadata)) throw badRequest('the object provided has no metadata');
  const { name } = json.metadata;
  if (typeof name !== 'string' || !/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(name)) {
    throw invalid(kind, String(name), 'metadata.name: a lowercase RFC 1123 subdomain is wanted');
  }
  stringMap(json.metadata.labels, 'ObjectMeta.metadata.labels');
  stringMap(json.metadata.annotations, 'ObjectMeta.metadata.annotations');
  if (plural === 'configmaps') stringMap(json.data, 'ConfigMap.data');
  owners(json.metadata.ownerReferences, kind, name);
}

/**
 * The objects of one namespace with the bookkeeping that Kubernetes does: uids, resource versions,
 * optimistic locking, garbage collection by owner references, protection of claims in use.
 */
export class Store {
  readonly namespace: string;
  readonly #objects = new Map<Plural, Map<string, ApiObject>>();
  readonly #events = new EventEmitter<{ change: [Change] }>();
  readonly #history: Change[] = [];
  #version = 100;

  constructor(namespace: string) {
    this.namespace = namespace;
    for (const { plural } of resources) this.#objects.set(plural, new Map());
  }

  /** The resource version of the last write. */
  get version(): string {
    return String(this.#version);
  }

  /** Calls `listener` after every change; returns the function that ends it. */
  onChange(listener: (change: Change) => void): () => void {
    this.#events.on('change', listener);
    return () => this.#events.off('change', listener);
  }

  #all(plural: Plural): Map<string, ApiObject> {
    const objects = this.#objects.get(plural);
    if (objects === undefined) throw new Error(`no store for ${plural}`);
    return objects;
  }

  #emit(type: Change['type'], plural: Plural, object: ApiObject): void {
    const change = { type, plural, object: structuredClone(object) };
    this.#history.push(change);
    this.#events.emit('change', change);
  }

  /** Returns every change after a resource version, oldest first: what a watch has missed. */
  since(resourceVersion: string): Change[] {
    return this.#history.filter(
      ({ object }) => Number(object.metadata.resourceVersion) > Number(resourceVersion),
    );
  }

  /** Returns a copy of an object, or undefined. */
  find(plural: Plural, name: string): ApiObject | undefined {
    const object = this.#all(plural).get(name);
    return object === undefined ? undefined : structuredClone(object);
  }

  /** Returns a copy of an object; throws a 404 when it is not there. */
  get(plural: Plural, name: string): ApiObject {
    const object = this.find(plural, name);
    if (object === undefined) throw notFound(plural, name);
    return object;
  }

  /** Returns copies of the objects that a label selector matches, by name. */
  list(plural: Plural, selector = ''): ApiObject[] {
    const matches = labelSelector(selector);
    return [...this.#all(plural).values()]
      .filter(object => matches(object.metadata.labels ?? {}))
      .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))
      .map(object => structuredClone(object));
  }

  /** Creates an object and returns it; throws a 409 when the name is taken. */
  create(plural: Plural, draft: Draft | JsonObject): ApiObject {
    const resource = resourceOf(plural);
    const json: JsonObject = {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      ...(JSON.parse(JSON.stringify(draft)) as JsonObject),
    };
    check(json, plural);
    const name = String(json.metadata.name);
    if (json.metadata.resourceVersion !== undefined) {
      throw badRequest('resourceVersion should not be set on objects to be created');
    }
    if ((json.metadata.namespace ?? this.namespace) !== this.namespace) {
      throw badRequest(
        'the namespace of the provided object does not match the namespace sent on the request',
      );
    }
    if (this.#all(plural).has(name)) throw alreadyExists(plural, name);
    const finalizers = Array.isArray(json.metadata.finalizers) ? json.metadata.finalizers : [];
    if (plural === 'persistentvolumeclaims') finalizers.push(claimProtection);
    if (finalizers.length > 0) json.metadata.finalizers = finalizers;
    this.#version += 1;
    Object.assign(json.metadata, {
      namespace: this.namespace,
      uid: randomUUID(),
      resourceVersion: this.version,
      creationTimestamp: new Date().toISOString(),
    });
    const object = json as unknown as ApiObject;
    this.#all(plural).set(name, object);
    this.#emit('ADDED', plural, object);
    this.#settle();
    return structuredClone(object);
  }

  /**
   * Applies a patch and returns the object; throws 404, 409 when the patch names an older resourceVersion,
   * 422 when it would change the uid or the name.
   */
  patch(plural: Plural, name: string, type: PatchType, body: Json): ApiObject {
    const current = toJson(this.get(plural, name));
    if (type !== 'json' && !isObject(body)) throw badRequest('the patch is not an object');
    const patched =
      type === 'json'
        ? jsonPatch(current, body)
        : (type === 'merge' ? mergePatch : strategicPatch)(current, isObject(body) ? body : {});
    check(patched, plural);
    return this.#replace(plural, name, patched as unknown as ApiObject);
  }

  /** Changes an object in place, as a controller of Kubernetes would; returns the result. */
  update(plural: Plural, name: string, mutate: (object: ApiObject) => void): ApiObject {
    const object = this.get(plural, name);
    mutate(object);
    return this.#replace(plural, name, object);
  }

  #replace(plural: Plural, name: string, next: ApiObject): ApiObject {
    const { kind } = resourceOf(plural);
    const before = this.get(plural, name);
    if (next.metadata.name !== name) throw invalid(kind, name, 'metadata.name: field is immutable');
    if (next.metadata.uid !== before.metadata.uid) {
      throw invalid(kind, name, `metadata.uid: Invalid value: "${next.metadata.uid}": field is immutable`);
    }
    if (next.metadata.resourceVersion !== before.metadata.resourceVersion) {
      throw conflict(
        plural,
        name,
        'the object has been modified; please apply your changes to the latest version and try again',
      );
    }
    const { deletionTimestamp } = before.metadata;
    if (deletionTimestamp !== undefined) next.metadata.deletionTimestamp = deletionTimestamp;
    else delete next.metadata.deletionTimestamp;
    if (JSON.stringify(next) === JSON.stringify(before)) return before;
    this.#version += 1;
    next.metadata.resourceVersion = this.version;
    this.#all(plural).set(name, structuredClone(next));
    this.#emit('MODIFIED', plural, next);
    const free = (next.metadata.finalizers ?? []).length === 0 && !onNode(next);
    if (deletionTimestamp !== undefined && free) this.#remove(plural, name);
    this.#settle();
    return structuredClone(next);
  }

  /**
   * Deletes an object. A pod on a node stays, terminating, until `finish` (the kubelet's word); an object
   * with finalizers stays until they are gone. Throws 404, or 409 when a precondition fails.
   */
  delete(plural: Plural, name: string, preconditions: Preconditions = {}): ApiObject {
    const object = this.get(plural, name);
    const { metadata } = object;
    if (preconditions.uid !== undefined && preconditions.uid !== metadata.uid) {
      const why = `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${metadata.uid}`;
      throw conflict(plural, name, why);
    }
    if (
      preconditions.resourceVersion !== undefined &&
      preconditions.resourceVersion !== metadata.resourceVersion
    ) {
      const why = `Precondition failed: ResourceVersion in precondition: ${preconditions.resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`;
      throw conflict(plural, name, why);
    }
    if (!onNode(object) && (metadata.finalizers ?? []).length === 0) {
      this.#remove(plural, name);
    } else if (metadata.deletionTimestamp === undefined) {
      this.#version += 1;
      // Whole seconds, as Kubernetes has them.
      metadata.deletionTimestamp = `${new Date().toISOString().slice(0, 19)}Z`;
      metadata.resourceVersion = this.version;
      this.#all(plural).set(name, structuredClone(object));
      this.#emit('MODIFIED', plural, object);
      this.#settle();
    }
    return object;
  }

  /** Removes a pod whose processes have ended; throws a 404 when it is not there. */
  finish(pod: string): void {
    this.get('pods', pod);
    this.#remove('pods', pod);
  }

  #remove(plural: Plural, name: string): void {
    const object = this.get(plural, name);
    this.#version += 1;
    object.metadata.resourceVersion = this.version;
    this.#all(plural).delete(name);
    this.#emit('DELETED', plural, object);
    this.#settle();
  }

  #claimInUse(claim: string): boolean {
    return this.list('pods').some(pod => {
      const volumes = pod.spec?.volumes;
      return (
        Array.isArray(volumes) &&
        volumes.some(
          volume =>
            isObject(volume) &&
            isObject(volume.persistentVolumeClaim) &&
            volume.persistentVolumeClaim.claimName === claim,
        )
      );
    });
  }

  #exists(owner: OwnerReference): boolean {
    const resource = resources.find(({ kind }) => kind === owner.kind);
    // A kind that is not served here cannot be looked up: Kubernetes keeps the dependent then.
    if (resource === undefined) return true;
    return this.#all(resource.plural).get(owner.name)?.metadata.uid === owner.uid;
  }

  /** What the controllers of Kubernetes do after a change: claim protection, then garbage collection. */
  #settle(): void {
    for (const { metadata } of this.list('persistentvolumeclaims')) {
      const guarded = metadata.finalizers?.includes(claimProtection) ?? false;
      if (metadata.deletionTimestamp === undefined || !guarded || this.#claimInUse(metadata.name)) continue;
      const others = (metadata.finalizers ?? []).filter(finalizer => finalizer !== claimProtection);
      this.update('persistentvolumeclaims', metadata.name, claim => {
        claim.metadata.finalizers = others;
      });
      return;
    }
    for (const { plural } of resources) {
      for (const { metadata } of this.list(plural)) {
        const references = metadata.ownerReferences ?? [];
        const living = references.filter(owner => this.#exists(owner));
        if (living.length === references.length) continue;
        if (living.length === 0) {
          if (metadata.deletionTimestamp !== undefined) continue;
          this.delete(plural, metadata.name);
        } else {
          this.update(plural, metadata.name, object => {
            object.metadata.ownerReferences = living;
          });
        }
        return;
      }
    }
  }
}
