import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { execa } from 'execa';

/** Returns the paths of a volume's files, without the lock file, which holds nothing. */
export async function files(volume: string): Promise<string[]> {
  const entries = await readdir(volume, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile() && entry.name !== 'lock')
    .map(entry => relative(volume, join(entry.parentPath, entry.name)))
    .sort();
}

/** Returns the paths and checksums of a volume's files: equal means that nothing was touched. */
export async function fingerprint(volume: string): Promise<Record<string, string>> {
  const sums: Record<string, string> = {};
  for (const path of await files(volume)) {
    sums[path] = createHash('sha256')
      .update(await readFile(join(volume, path)))
      .digest('hex');
  }
  return sums;
}

/** Returns what the volume's identity file says, by key. */
export async function identity(volume: string): Promise<Record<string, string>> {
  const text = await readFile(join(volume, 'identity'), 'utf8');
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map(line => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
  );
}

/** Copies everything of one volume into another, as a snapshot or a backup tool does. */
export async function copyVolume(from: string, to: string): Promise<void> {
  await execa('cp', ['-a', `${from}/.`, to]);
}
