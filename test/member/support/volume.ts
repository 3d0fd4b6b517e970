import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { execa } from 'execa';

/** Returns the paths of a volume's files, without the lock and the room file, which hold nothing. */
export async function files(volume: string): Promise<string[]> {
  const entries = await readdir(volume, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile() && entry.name !== 'lock' && entry.name !== 'room')
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

/**
 * Returns where the last record of a file of etcd's write-ahead log ends, in bytes. Format: frames of a length of 8 bytes (56 bits,
 * and the padding in the topmost byte), then the record and its padding, as in etcd's server/storage/wal.
 */
export async function endOfLog(file: string): Promise<number> {
  const log = await readFile(file);
  let at = 0;
  while (at + 8 <= log.length && log.readBigUInt64LE(at) !== 0n) {
    const head = log.readBigUInt64LE(at);
    const padding = head >> 63n === 1n ? Number((head >> 56n) & 7n) : 0;
    at += 8 + Number(head & 0xffffffffffffffn) + padding;
  }
  return at;
}
