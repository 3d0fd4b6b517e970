import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Image {
  registry: string;
  repository: string;
  tag: string;
}

interface Values {
  image: Image;
  tools: { busybox: Image; kubectl: Image };
}

/** The images that the chart's default values name: etcd, busybox, kubectl. */
export const chartImages: readonly string[] = defaultImages();

/** The image of an etcd version, as the chart names it. */
export const etcdImage = (version: string): string => `gcr.io/etcd-development/etcd:v${version}`;

/** Where clients run inside the cluster: the official Node image of this machine's own major version. */
export const clientImage = `docker.io/library/node:${process.versions.node.split('.')[0]}-slim`;

function defaultImages(): string[] {
  const file = join(import.meta.dirname, '..', '..', 'chart', 'values.yaml');
  const { image, tools } = parse(readFileSync(file, 'utf8')) as Values;
  return [image, tools.busybox, tools.kubectl].map(
    ({ registry, repository, tag }) => `${registry}/${repository}:${tag}`,
  );
}
