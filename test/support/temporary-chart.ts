import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

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
