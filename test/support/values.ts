// The chart's values and their schema, as Helm sees them.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parseDocument } from 'yaml';
import { deepFreeze, isObject, type Json, type JsonObject } from './json.ts';
import { chartDirectory, valuesDirectory } from './project.ts';
import { describeError } from './schema.ts';

/** Returns the values in `file` as Helm reads them. Throws for every error and warning of the parser. */
export function readValues(file: string): JsonObject {
  const document = parseDocument(readFileSync(file, 'utf8'), { version: '1.1', logLevel: 'silent' });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw new Error(`${file}: ${problem.message}`);
  return (document.toJS() ?? {}) as JsonObject;
}

let defaults: JsonObject | undefined;

/** Returns the chart's default values, read once and frozen: hundreds of tests ask for them. */
export function defaultValues(): JsonObject {
  defaults ??= deepFreeze(readValues(`${chartDirectory}/values.yaml`));
  return defaults;
}

/** One file of values/: somebody's environment. */
export interface Example {
  /** `kind`, of values/kind.yaml. */
  readonly name: string;
  readonly file: string;
  readonly values: JsonObject;
}

/** Returns the files of values/ by name. Throws what readValues throws. */
export function examples(): Example[] {
  const names = readdirSync(valuesDirectory).filter(name => name.endsWith('.yaml'));
  return names.sort().map(name => {
    const file = join(valuesDirectory, name);
    return { name: basename(name, '.yaml'), file, values: readValues(file) };
  });
}

/** Returns the chart's values schema. */
export function valuesSchema(): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(`${chartDirectory}/values.schema.json`, 'utf8'));
}

/**
 * Returns what Helm makes of `defaults` and what a user gave: maps are merged, everything else is
 * replaced, and null takes a key away.
 */
export function coalesce(defaults: JsonObject, given: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...defaults };
  for (const [key, value] of Object.entries(given)) {
    const before = defaults[key];
    if (value === null && key in defaults) delete merged[key];
    else if (isJsonObject(value) && isJsonObject(before)) merged[key] = coalesce(before, value);
    else merged[key] = value;
  }
  return merged;
}

let complaints: ((given: JsonObject) => string[]) | undefined;

/**
 * Returns what the chart's schema has against `given` on top of the default values: one line per complaint
 * that begins with the path of the value, none when it accepts them.
 */
export function valuesComplaints(given: JsonObject): string[] {
  complaints ??= complaintsBy(valuesSchema());
  return complaints(given);
}

/** Returns what valuesComplaints would be with `schema` in place of the chart's. Throws when it is no schema. */
export function complaintsBy(schema: Readonly<Record<string, unknown>>): (given: JsonObject) => string[] {
  const validate = compile(schema);
  return given =>
    validate(coalesce(defaultValues(), given)) ? [] : (validate.errors ?? []).map(describeError);
}

function compile(schema: Readonly<Record<string, unknown>>): ValidateFunction {
  const options: Options = { strict: true, allowUnionTypes: true, allErrors: true };
  const ajv = String(schema.$schema).includes('2020-12') ? new Ajv2020(options) : new Ajv(options);
  addFormats.default(ajv);
  return ajv.compile(schema);
}

function isJsonObject(value: Json | undefined): value is JsonObject {
  return isObject(value);
}
