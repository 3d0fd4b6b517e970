import { kubectl } from '../../cluster/kubectl.ts';
import { etcdImage } from '../../images/chart-images.ts';
import { installChart } from '../../release/chart.ts';
import { versions } from '../../tools/catalogue.ts';
import { PLAIN, PLAIN_CLIENT, plainSet } from '../plain-set.ts';
import type { Contender, Place } from './contender.ts';

const release = (place: Place, values: object): Promise<void> =>
  installChart({ ...place, release: 'etcd', values });

export const chart: Contender = {
  name: 'chart',
  title: 'this chart',
  set: 'etcd',
  manages: true,
  member: (namespace, ordinal) => `http://etcd-${ordinal}.etcd-peer.${namespace}.svc.cluster.local:2379`,
  service: namespace => `http://etcd.${namespace}.svc.cluster.local:2379`,
  install: (place, etcd) => release(place, { image: { tag: `v${etcd}` } }),
  restart: place =>
    release(place, {
      image: { tag: `v${versions.etcd['3.7']}` },
      podAnnotations: { 'bench/restarted-at': new Date().toISOString() },
    }),
  upgrade: (place, etcd) => release(place, { image: { tag: `v${etcd}` } }),
};

export const plain: Contender = {
  name: 'plain',
  title: 'plain StatefulSet',
  set: PLAIN,
  manages: false,
  member: (namespace, ordinal) => `http://${PLAIN}-${ordinal}.${PLAIN}.${namespace}.svc.cluster.local:2379`,
  service: namespace => `http://${PLAIN_CLIENT}.${namespace}.svc.cluster.local:2379`,
  install: async ({ cluster, namespace }, etcd) => {
    const manifest = JSON.stringify(plainSet(namespace, etcdImage(etcd)));
    await kubectl(cluster, ['apply', '--filename', '-'], { input: manifest });
  },
  restart: async ({ cluster, namespace }) => {
    await kubectl(cluster, ['--namespace', namespace, 'rollout', 'restart', `statefulset/${PLAIN}`]);
  },
  upgrade: async ({ cluster, namespace }, etcd) => {
    const image = `etcd=${etcdImage(etcd)}`;
    await kubectl(cluster, ['--namespace', namespace, 'set', 'image', `statefulset/${PLAIN}`, image]);
  },
};

/** The variable that names a folder with the image archives of etcd's official operator. */
export const OPERATOR_IMAGES = 'ETCD_OPERATOR_IMAGES';

/** Who takes part, and one line on each that does not. */
export function contenders(environment: NodeJS.ProcessEnv): { present: Contender[]; absent: string[] } {
  const folder = environment[OPERATOR_IMAGES];
  const why = folder
    ? `${OPERATOR_IMAGES} names ${folder}, but this bench has never run the operator and cannot drive it`
    : `no archive of its image is at hand (${OPERATOR_IMAGES} is not set)`;
  return { present: [chart, plain], absent: [`the official operator is left out: ${why}`] };
}
