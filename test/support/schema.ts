// Strict Kubernetes schemas on disk, and a validator made of them.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { cacheDir, cacheEntry } from '../../scripts/cache.ts';
import { customChecksum, customSchemas } from './crds.ts';
import { isObject } from './json.ts';
import { readSwagger, swaggerChecksum } from './kubernetes.ts';
import { kindSchemas, listMapKeys, type Schema, schemaFile } from './openapi.ts';

const directories = new Map<string, Promise<string>>();

/**
 * Returns the directory that holds the strict schemas of a Kubernetes release, one file per kind, named as
 * kubeconform wants them. They are generated once; the directory's name carries everything they depend on.
 */
export function schemaDirectory(release: string): Promise<string> {
  return remembered(directories, release, async () => {
    const generator = createHash('sha256').update(customChecksum());
    for (const file of ['./openapi.ts', './crds.ts'])
      generator.update(await readFile(new URL(file, import.meta.url)));
    const checksums = [swaggerChecksum(release), generator.digest('hex')].map(sum => sum.slice(0, 12));
    const directory = join(cacheDir('kubernetes-schemas'), [`v${release}`, ...checksums].join('-'));
    return cacheEntry(directory, partial => generate(release, partial));
  });
}

/** The releases that take an object. */
const accepted = new WeakMap<object, ReadonlySet<string>>();

const validators = new Map<string, Promise<ValidateFunction | undefined>>();

/**
 * Returns what is wrong with `object` in the eyes of a Kubernetes release: one line per complaint, none
 * when all is well. A kind or apiVersion that the release does not serve is a complaint.
 */
export async function complaintsAbout(object: unknown, release: string): Promise<string[]> {
  if (!isObject(object)) return ['is not an object'];
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return ['has no apiVersion or no kind'];
  const file = join(await schemaDirectory(release), schemaFile(apiVersion, kind));
  const validate = await remembered(validators, file, async () =>
    existsSync(file) ? compile(file) : undefined,
  );
  if (validate === undefined) return [`Kubernetes ${release} has no ${kind} in ${apiVersion}`];
  if (accepted.get(object)?.has(release) === true) return [];
  if (!validate(object)) return (validate.errors ?? []).map(describeError);
  // Nobody changes what is frozen, and most renders have most of their objects in common.
  if (Object.isFrozen(object)) accepted.set(object, new Set([...(accepted.get(object) ?? []), release]));
  return [];
}

/** Returns one line for an error of Ajv: where, what, and the key or values in question. */
export function describeError({ instancePath, message, params }: ErrorObject): string {
  const detail = params.additionalProperty ?? params.allowedValues;
  return [instancePath || '/', message, detail === undefined ? '' : JSON.stringify(detail)].join(' ').trim();
}

async function compile(file: string): Promise<ValidateFunction> {
  // Compiling costs more than validating a few objects: small code, not fast code.
  const small = { inlineRefs: false, code: { optimize: false } };
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true, ...small });
  addFormats.default(ajv);
  ajv.addKeyword({
    keyword: listMapKeys,
    type: 'array',
    schemaType: 'array',
    validate: identifiesItems,
    errors: true,
  });
  return ajv.compile(JSON.parse(await readFile(file, 'utf8')));
}

/** Server-side apply merges such lists by these keys and refuses two items that agree in all of them. */
function identifiesItems(keys: readonly string[], items: readonly unknown[]): boolean {
  const seen = new Set<string>();
  const errors: Partial<ErrorObject>[] = [];
  for (const item of items) {
    if (!isObject(item)) continue;
    const identity = keys.map(key => `${key}=${item[key] ?? (key === 'protocol' ? 'TCP' : '')}`).join(',');
    if (seen.has(identity))
      errors.push({ keyword: listMapKeys, message: `has ${identity} twice`, params: {} });
    seen.add(identity);
  }
  Object.assign(identifiesItems, { errors });
  return errors.length === 0;
}

async function generate(release: string, directory: string): Promise<void> {
  const schemas = kindSchemas(await readSwagger(release));
  // Metadata is Kubernetes' own, also in the resources of others.
  const { definitions } = schemas.get(schemaFile('v1', 'ConfigMap')) ?? {};
  const custom = await customSchemas(definitions as Schema);
  await mkdir(directory);
  await Promise.all(
    [...schemas, ...custom].map(([name, schema]) => writeFile(join(directory, name), JSON.stringify(schema))),
  );
}

/** Returns what `make` made for `key`, at the first call or now. */
function remembered<T>(made: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const before = made.get(key);
  if (before !== undefined) return before;
  const now = make();
  made.set(key, now);
  return now;
}
