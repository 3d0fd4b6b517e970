import { existsSync } from 'node:fs';
import { isObject, type JsonObject } from '../../test/support/json.ts';
import { coalesce, readValues } from '../../test/support/values.ts';

/**
 * Returns the values of `files` put together as Helm does, later ones over earlier ones. Throws an error that
 * names the file, for one that is not there, is no YAML or holds no map.
 */
export function valuesOfFiles(files: readonly string[]): JsonObject {
  return files.map(valuesOfFile).reduce<JsonObject>(coalesce, {});
}

function valuesOfFile(file: string): JsonObject {
  if (!existsSync(file)) throw new Error(`${file}: there is no such file`);
  const values: unknown = readValues(file);
  if (isObject(values)) return values as JsonObject;
  throw new Error(
    `${file}: holds ${JSON.stringify(values)}, but values are a map of keys; write "key: value"`,
  );
}
