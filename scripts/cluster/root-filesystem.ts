import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheDir, cacheEntry } from '../cache.ts';
import { ensureDebianPackages } from '../debian-packages.ts';
import type { Report } from '../progress.ts';
import { debianMirror } from './debian-mirror.ts';

// What kind's own base image installs, as far as it is used here: systemd, and what the kubelet, the
// network plugins, volumes and kind itself call.
const packages = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'iptables',
  'nftables',
  'ebtables',
  'iproute2',
  'conntrack',
  'ethtool',
  'socat',
  'mount',
  'util-linux',
  'kmod',
  'runc',
  'jq',
  'nfs-common',
  'procps',
  'ca-certificates',
  'hostname',
];

// Nobody reads manuals or installs packages inside a node.
const unneeded = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'var/lib/apt/lists', 'var/cache/apt'];

/**
 * Returns a tar file with the root file system of a node, made by debootstrap from this
 * machine's Debian mirror; takes root on Debian.
 */
export async function nodeRootFilesystem(report?: Report): Promise<string> {
  await ensureDebianPackages(['debootstrap', 'gpgv'], "to make the nodes' root file system", { report });
  const mirror = await debianMirror();
  const list = createHash('sha256')
    .update(JSON.stringify([packages, unneeded]))
    .digest('hex')
    .slice(0, 16);
  const file = join(cacheDir('cluster'), `root-${mirror.codename}-${list}.tar`);
  return cacheEntry(
    file,
    async partial => {
      const tree = `${partial}.tree`;
      try {
        report?.(`installing ${packages.length} Debian packages with debootstrap`);
        // debootstrap mounts /proc and /sys in the tree; in a mount table of its own they go with it,
        // however it ends.
        const include = `--include=${packages.join(',')}`;
        await execa(
          'unshare',
          ['--mount', 'debootstrap', '--variant=minbase', include, mirror.codename, tree, mirror.url],
          { env: mirror.env, stdin: 'ignore' },
        );
        for (const path of unneeded) {
          await rm(join(tree, path), { recursive: true, force: true });
          await mkdir(join(tree, path), { recursive: true });
        }
        await execa('tar', ['--numeric-owner', '-cf', partial, '-C', tree, '.']);
      } finally {
        await rm(tree, { recursive: true, force: true });
      }
    },
    report,
  );
}
