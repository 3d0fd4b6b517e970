import { isDeepStrictEqual } from 'node:util';
import { ApiError, badRequest } from './error.ts';
import { isObject, type Json, type JsonObject } from './object.ts';

/** Returns `target` with a JSON merge patch (RFC 7386) applied: null removes, lists are replaced. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const result: JsonObject = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      delete result[key];
    } else if (isObject(value)) {
      const current = result[key];
      result[key] = mergePatch(isObject(current) ? current : {}, value);
    } else {
      result[key] = value;
    }
  }
  return result;
}

function mergeByKey(current: Json[], changes: Json[], key: string): Json[] {
  const result = [...current];
  for (const change of changes) {
    if (!isObject(change))
      throw badRequest(`a strategic merge patch wants objects in a list merged by ${key}`);
    const mergeValue = change[key];
    if (mergeValue === undefined) {
      throw badRequest(`map: ${JSON.stringify(change)} does not contain declared merge key: ${key}`);
    }
    const at = result.findIndex(item => isObject(item) && item[key] === mergeValue);
    const { $patch: directive, ...fields } = change;
    const existing = result[at];
    if (directive === 'delete') {
      if (at >= 0) result.splice(at, 1);
    } else if (isObject(existing)) {
      result[at] = strategicPatch(existing, fields);
    } else {
      result.push(fields);
    }
  }
  return result;
}

/** Lists that the strategic merge of the served kinds merges instead of replacing, with their key. */
const mergeKeys: Record<string, string> = { ownerReferences: 'uid' };

/**
 * Returns `target` with a strategic merge patch applied: objects merge, null removes, owner references
 * merge by uid (`$patch: delete` removes one), finalizers are a set, every other list is replaced.
 */
export function strategicPatch(target: JsonObject, patch: JsonObject): JsonObject {
  const result: JsonObject = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    const current = result[key];
    const mergeKey = mergeKeys[key];
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const list = key.slice('$deleteFromPrimitiveList/'.length);
      const gone = Array.isArray(value) ? value : [];
      const before = result[list];
      if (Array.isArray(before)) result[list] = before.filter(item => !gone.includes(item));
    } else if (key.startsWith('$')) {
      throw badRequest(`the stub API server does not know the patch directive ${key}`);
    } else if (value === null) {
      delete result[key];
    } else if (mergeKey !== undefined && Array.isArray(value)) {
      result[key] = mergeByKey(Array.isArray(current) ? current : [], value, mergeKey);
    } else if (key === 'finalizers' && Array.isArray(value)) {
      const before = Array.isArray(current) ? current : [];
      result[key] = [...before, ...value.filter(item => !before.includes(item))];
    } else if (isObject(value)) {
      result[key] = strategicPatch(isObject(current) ? current : {}, value);
    } else {
      result[key] = value;
    }
  }
  return result;
}

function pointer(path: string): string[] {
  if (path === '') return [];
  if (!path.startsWith('/')) throw badRequest(`"${path}" is no JSON pointer`);
  return path
    .slice(1)
    .split('/')
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function refused(why: string): ApiError {
  return new ApiError(
    422,
    'Invalid',
    `the server rejected our request due to an error in our request: ${why}`,
  );
}

function read(document: Json, path: string[]): Json | undefined {
  let current: Json | undefined = document;
  for (const part of path) {
    if (Array.isArray(current)) current = current[Number(part)];
    else if (isObject(current)) current = current[part];
    else return undefined;
  }
  return current;
}

function write(document: Json, path: string[], operation: 'add' | 'replace' | 'remove', value: Json): void {
  const last = path.at(-1);
  const parent = read(document, path.slice(0, -1));
  if (last === undefined) throw refused('the whole document cannot be replaced');
  if (Array.isArray(parent)) {
    const index = last === '-' ? parent.length : Number(last);
    const highest = operation === 'add' ? parent.length : parent.length - 1;
    if (!Number.isInteger(index) || index < 0 || index > highest) throw refused(`no such index: ${last}`);
    if (operation === 'add') parent.splice(index, 0, value);
    else if (operation === 'remove') parent.splice(index, 1);
    else parent[index] = value;
  } else if (isObject(parent)) {
    if (operation !== 'add' && parent[last] === undefined) throw refused(`no such key: ${last}`);
    if (operation === 'remove') delete parent[last];
    else parent[last] = value;
  } else {
    throw refused(`no such path: /${path.join('/')}`);
  }
}

/** Returns `target` with a JSON patch (RFC 6902) applied; throws a 422 when an operation or test fails. */
export function jsonPatch(target: JsonObject, patch: Json): JsonObject {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch is a list of operations');
  const result = structuredClone(target);
  for (const step of patch) {
    if (!isObject(step) || typeof step.path !== 'string')
      throw badRequest('a JSON patch operation has a path');
    const path = pointer(step.path);
    const value = step.value ?? null;
    switch (step.op) {
      case 'test':
        if (!isDeepStrictEqual(read(result, path) ?? null, value)) throw refused(`test failed: ${step.path}`);
        break;
      case 'add':
      case 'replace':
      case 'remove':
        write(result, path, step.op, value);
        break;
      default:
        throw badRequest(`the stub API server does not know the JSON patch operation ${String(step.op)}`);
    }
  }
  return result;
}
