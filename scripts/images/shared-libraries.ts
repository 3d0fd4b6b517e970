import { realpath } from 'node:fs/promises';
import { execa } from 'execa';

/** Returns the libraries and the loader that `program` needs: path as the loader looks for it → file. Empty for a static program. */
export async function sharedLibraries(program: string): Promise<Record<string, string>> {
  const { stdout, stderr, exitCode } = await execa('ldd', [program], { reject: false });
  if (exitCode !== 0) {
    if (/not a dynamic executable|statically linked/.test(`${stdout}${stderr}`)) return {};
    throw new Error(`ldd ${program}: ${stderr || stdout}`);
  }
  const libraries: Record<string, string> = {};
  for (const line of stdout.split('\n')) {
    if (line.includes('not found')) throw new Error(`${program}: ${line.trim()}`);
    const [, path] = /(?:=>\s*|^\s*)(\/\S+) \(0x/.exec(line) ?? [];
    if (path !== undefined) libraries[path] = await realpath(path);
  }
  return libraries;
}
