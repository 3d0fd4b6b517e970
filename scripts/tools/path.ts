import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { delimiter, isAbsolute, join, sep } from 'node:path';
import { execa } from 'execa';
import type { Tool } from './catalogue.ts';

const root = join(import.meta.dirname, '..', '..');

/**
 * Returns the absolute path of the first program on `path` (a PATH variable) that is exactly the
 * tool's version. Throws when there is none, with each one found and its version.
 */
export async function findOnPath(tool: Tool, path: string): Promise<string> {
  const seen: string[] = [];
  for (const directory of new Set(path.split(delimiter))) {
    const candidate = join(directory, tool.program);
    if (!isAbsolute(directory) || !(await isForeignProgram(candidate))) continue;
    const version = await programVersion(tool, candidate).catch((error: unknown) => firstLine(error));
    if (version === tool.version) return candidate;
    seen.push(`${candidate} is ${version}`);
  }
  throw new Error(seen.length > 0 ? seen.join(', ') : `there is no ${tool.program}`);
}

/** Returns the version that the program at `path` prints. Throws when it does not run or prints none. */
export async function programVersion(tool: Tool, path: string): Promise<string> {
  const { stdout } = await execa(path, tool.versionArgs, { stdin: 'ignore', timeout: 15_000 });
  const [, version] = /(?:^|[\sv])(\d+\.\d+\.\d\S*)/.exec(stdout) ?? [];
  if (version === undefined)
    throw new Error(`${path} ${tool.versionArgs.join(' ')} printed no version: ${stdout}`);
  return version;
}

// npm puts this project's own wrappers on PATH (node_modules/.bin/kubeconform): they would ask here
// again, without end.
async function isForeignProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return !(await realpath(path)).startsWith(root + sep);
  } catch {
    return false;
  }
}

function firstLine(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return `not usable (${line})`;
}
