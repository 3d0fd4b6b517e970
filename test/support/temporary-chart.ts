import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { chartDirectory } from './project.ts';

/** A chart in a directory of its own, gone with the scope that holds it. */
export interface TemporaryChart extends AsyncDisposable {
  readonly directory: string;
}

/**
 * Makes a chart of `files` (path to text), on top of a copy of the directory `from` when that is given.
 * Hold it with `await using`.
 */
export async function temporaryChart(
  files: Readonly<Record<string, string>>,
  { from, as = '.' }: { from?: string; as?: string } = {},
): Promise<TemporaryChart> {
  const directory = await mkdtemp(join(tmpdir(), 'etcd-chart-'));
  if (from !== undefined) await cp(from, join(directory, as), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

/**
 * Makes a chart named `parent` that has this project's chart once for each of `aliases`, switched by the
 * value `<alias>.enabled`. Hold it with `await using`.
 */
export async function parentChart(aliases: readonly string[]): Promise<TemporaryChart> {
  const { version } = parse(await readFile(join(chartDirectory, 'Chart.yaml'), 'utf8')) as {
    version: string;
  };
  const dependencies = aliases.map(alias => ({
    name: 'etcd',
    alias,
    version,
    condition: `${alias}.enabled`,
  }));
  const text = stringify({ apiVersion: 'v2', name: 'parent', version: '0.1.0', dependencies });
  return temporaryChart({ 'Chart.yaml': text }, { from: chartDirectory, as: 'charts/etcd' });
}
