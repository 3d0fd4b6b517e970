import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { cacheDir, cacheEntry } from '../../../scripts/cache.ts';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import { loadArchive } from '../../../scripts/images/load.ts';

/**
 * Where images and manifests of others lie for tests: what ETCD_CHART_TEST_IMAGES names, else `../shared/images` beside
 * the repository. `images.json` in it lists archives, compressed by xz: file, image, tag.
 */
const directory = resolve(
  process.env.ETCD_CHART_TEST_IMAGES ?? join(import.meta.dirname, '../../../../shared/images'),
);

interface Listed {
  readonly file: string;
  readonly image: string;
  readonly tag: string;
}

/** An image of others, and where the files to install it are. */
export interface ThirdParty {
  readonly image: string;
  readonly archive: string;
  /** Returns the path of a manifest. */
  manifest(name: string): string;
}

/**
 * Returns the image whose repository ends with `name` when its archive and the manifests are there; else prints why
 * `test` is skipped, and returns undefined.
 */
export function thirdParty(name: string, manifests: readonly string[], test: string): ThirdParty | undefined {
  const list = join(directory, 'images.json');
  const listed = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as Listed[]) : [];
  const found = listed.find(
    ({ image, file }) => image.endsWith(`/${name}`) && existsSync(join(directory, file)),
  );
  const manifest = (file: string): string => join(directory, 'manifests', file);
  const missing = [
    ...(found === undefined ? [`an archive of ${name} in images.json`] : []),
    ...manifests.filter(file => !existsSync(manifest(file))).map(file => `manifests/${file}`),
  ];
  if (found === undefined || missing.length > 0) {
    console.error(
      `skipped: ${test}: ${directory} lacks ${missing.join(' and ')} (ETCD_CHART_TEST_IMAGES names another place)`,
    );
    return undefined;
  }
  return { image: `${found.image}:${found.tag}`, archive: join(directory, found.file), manifest };
}

/** Puts the image on every node that lacks it. Throws with the command that failed. */
export async function loadThirdParty(cluster: Cluster, { image, archive }: ThirdParty): Promise<void> {
  const label = image.split('/').at(-1)?.replaceAll(':', '-') ?? '';
  const file = join(cacheDir('images'), `third-party-${label}.tar`);
  await cacheEntry(file, async partial => {
    await execa('xz', ['--decompress', '--stdout', archive], {
      stdout: { file: partial },
      buffer: false,
    });
  });
  await loadArchive(cluster, image, file, line => console.error(`cluster: ${line}`));
}
