import { realpath } from 'node:fs/promises';
import { execa } from 'execa';

/**
 * Returns the libraries and the loader that `programs` (or libraries loaded by them) need: path as the
 * loader looks for it → file. Empty for static programs. Throws when a library is missing here.
 */
export async function sharedLibraries(...programs: string[]): Promise<Record<string, string>> {
  const { stdout, stderr, exitCode } = await execa('ldd', programs, { reject: false });
  if (exitCode !== 0) {
    if (/not a dynamic executable|statically linked/.test(`${stdout}${stderr}`)) return {};
    throw new Error(`ldd ${programs.join(' ')}: ${stderr || stdout}`);
  }
  const libraries: Record<string, string> = {};
  for (const line of stdout.split('\n')) {
    if (line.includes('not found')) throw new Error(`ldd ${programs.join(' ')}: ${line.trim()}`);
    const [, path] = /(?:=>\s*|^\s*)(\/\S+) \(0x/.exec(line) ?? [];
    if (path !== undefined) libraries[path] = await realpath(path);
  }
  return libraries;
}
