// Writes what values.yaml says into chart/README.md, chart/values.schema.json and chart/defaults.json.
//   node scripts/run.mjs scripts/docs/docs.ts [--check]     --check changes nothing and fails when one is stale
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { execa } from 'execa';
import { withValuesTables } from './readme.ts';
import { withDescriptions } from './schema.ts';
import { chartDirectory, chartValueDocs } from './values.ts';

const readmeFile = `${chartDirectory}/README.md`;
const schemaFile = `${chartDirectory}/values.schema.json`;
// A template cannot read values.yaml, and has to know a default to tell what somebody set.
const defaultsFile = `${chartDirectory}/defaults.json`;

/** Returns the files that no longer say what values.yaml says, and with `write` brings them up to date. */
export async function staleDocs(options: { readonly write: boolean }): Promise<string[]> {
  const docs = chartValueDocs();
  const readme = readFileSync(readmeFile, 'utf8');
  const schema = JSON.parse(readFileSync(schemaFile, 'utf8'));
  const newReadme = withValuesTables(readme, docs);
  const newSchema = withDescriptions(schema, docs);
  const stale: string[] = [];
  if (newReadme !== readme) {
    stale.push(readmeFile);
    if (options.write) writeFileSync(readmeFile, newReadme);
  }
  if (!isDeepStrictEqual(newSchema, schema)) {
    stale.push(schemaFile);
    if (options.write) {
      writeFileSync(schemaFile, JSON.stringify(newSchema, null, 2));
      await execa('biome', ['format', '--write', schemaFile], { preferLocal: true });
    }
  }
  const defaults = Object.fromEntries(docs.map(doc => [doc.path.join('.'), doc.default]));
  const newDefaults = `${JSON.stringify(defaults, null, 2)}\n`;
  if (!existsSync(defaultsFile) || readFileSync(defaultsFile, 'utf8') !== newDefaults) {
    stale.push(defaultsFile);
    if (options.write) writeFileSync(defaultsFile, newDefaults);
  }
  return stale.map(file => relative(process.cwd(), file));
}

if (process.argv[1] === import.meta.filename) {
  const check = process.argv.includes('--check');
  const stale = await staleDocs({ write: !check });
  for (const file of stale)
    console.log(check ? `${file} does not say what values.yaml says` : `wrote ${file}`);
  if (check && stale.length > 0) {
    console.error('Run: node scripts/run.mjs scripts/docs/docs.ts');
    process.exitCode = 1;
  }
}
