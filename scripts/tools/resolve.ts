import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheDir } from '../cache.ts';
import { goBuild } from '../go/build.ts';
import type { Report } from '../progress.ts';
import type { Tool } from './catalogue.ts';
import { ChecksumError, downloadRelease } from './download.ts';
import { findOnPath, programVersion } from './path.ts';

export interface ResolveOptions {
  /** Where PATH and the proxy variables are read; this process's environment unless a test says otherwise. */
  env?: NodeJS.ProcessEnv;
  /** Directory for everything that is kept; the project's cache unless a test says otherwise. */
  cache?: string;
  /** Directory of the Go modules; the project's own unless a test says otherwise. */
  modules?: string;
  report?: Report | undefined;
}

/**
 * Returns the absolute path of a program that is exactly `tool`: the one on PATH, else the release,
 * else built from its Go module. What was fetched or built is noted, so that the next call takes milliseconds.
 * Throws ChecksumError when a download is not what was published, and otherwise, when no way leads
 * to the tool, one error that lists them all.
 */
export async function resolveTool(tool: Tool, options: ResolveOptions = {}): Promise<string> {
  const { env = process.env, cache = cacheDir(), modules, report } = options;
  const note = join(cache, 'tools', 'found', `${tool.name}-${tool.version}-${fingerprint(tool)}.json`);
  const known = await readNote(note);
  if (known !== undefined) return known;
  const { PATH = '' } = env;
  const foundKey = `${note} ${PATH}`;
  const found = foundOnPath.get(foundKey);
  if (found !== undefined) return found;

  const ways: readonly Way[] = [
    {
      name: 'PATH',
      find: async () => {
        const path = await findOnPath(tool, PATH);
        foundOnPath.set(foundKey, path);
        return path;
      },
    },
    {
      name: 'release',
      find: async () => {
        const path = await downloadRelease(tool.release, { cache: join(cache, 'tools'), env, report });
        await writeNote(note, await checked(tool, path));
        return path;
      },
    },
    {
      name: `Go module scripts/modules/${tool.go.module}`,
      find: async () => {
        const place = { cache: join(cache, 'go'), ...(modules === undefined ? {} : { modules }) };
        const programs = await goBuild({ ...tool.go, ...place, env, report });
        const path = programs[tool.program];
        if (path === undefined) throw new Error(`it builds ${Object.keys(programs).join(', ')}`);
        await writeNote(note, await checked(tool, path));
        return path;
      },
    },
  ];
  const tried: string[] = [];
  for (const way of ways) {
    try {
      return await way.find();
    } catch (error) {
      if (error instanceof ChecksumError) throw error;
      tried.push(`  ${way.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(
    [
      `${tool.name} ${tool.version} is not to be had here. Tried:`,
      ...tried,
      `Install ${tool.program} ${tool.version} on PATH, or let this machine reach ${new URL(tool.release.url).origin}, or install Go 1.26 or newer.`,
    ].join('\n'),
  );
}

// Kept no longer than this process: a version manager's shim answers otherwise in another directory.
const foundOnPath = new Map<string, string>();

interface Way {
  name: string;
  find: () => Promise<string>;
}

async function checked(tool: Tool, path: string): Promise<string> {
  const version = await programVersion(tool, path);
  if (version !== tool.version) throw new Error(`${path} says that it is ${version}`);
  return path;
}

interface Note {
  path: string;
  size: number;
  mtimeMs: number;
}

// A program that was replaced or removed since is looked for again.
async function readNote(file: string): Promise<string | undefined> {
  try {
    const note = JSON.parse(await readFile(file, 'utf8')) as Note;
    const { size, mtimeMs } = await stat(note.path);
    return size === note.size && mtimeMs === note.mtimeMs ? note.path : undefined;
  } catch {
    return undefined;
  }
}

async function writeNote(file: string, path: string): Promise<void> {
  const { size, mtimeMs } = await stat(path);
  const note: Note = { path, size, mtimeMs };
  await mkdir(dirname(file), { recursive: true });
  const partial = `${file}.${randomUUID()}`;
  await writeFile(partial, JSON.stringify(note));
  await rename(partial, file);
}

function fingerprint(tool: Tool): string {
  return createHash('sha256').update(JSON.stringify(tool)).digest('hex').slice(0, 12);
}
