import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { ensureProgram } from '../debian-packages.ts';

/** The root of the repository, absolute. */
export const root = resolve(import.meta.dirname, '..', '..');

/**
 * Returns the project's files that match any of the git pathspecs, relative to the root and sorted: what
 * is tracked and what is new and not ignored, without what has been deleted.
 */
export async function projectFiles(...pathspecs: readonly string[]): Promise<string[]> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...pathspecs];
  const git = await ensureProgram('git', "to list the project's files");
  const { stdout } = await execa(git, args, { cwd: root });
  const paths = stdout.split('\0').filter(path => path !== '' && existsSync(join(root, path)));
  return [...new Set(paths)].sort();
}
