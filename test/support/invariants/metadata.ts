// Names, namespaces and labels.
import { clusterWide, type KubernetesObject } from '../objects.ts';
import type { Invariant, Scene } from './invariant.ts';
import { workloads } from './workloads.ts';

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Labels of objects, pod templates and claim templates, each with whose they are. */
function labelled({ rendered }: Scene): { title: string; labels: Readonly<Record<string, string>> }[] {
  return [
    ...rendered.manifests.map(({ kind, name, object }) => ({
      title: `${kind}/${name}`,
      labels: object.metadata.labels ?? {},
    })),
    ...workloads(rendered).flatMap(({ title, labels, claims }) => [
      { title: `pods of ${title}`, labels },
      ...claims.map(claim => ({
        title: `claim ${claim.metadata.name}`,
        labels: claim.metadata.labels ?? {},
      })),
    ]),
  ];
}

/** Kubernetes lengthens the names of sets, and refuses the pods when it comes out too long. */
function longestName({ kind }: { kind: string }): number {
  if (kind === 'StatefulSet') return 52;
  if (kind === 'CronJob') return 52;
  return kind === 'Service' ? 63 : 253;
}

export const metadataInvariants: readonly Invariant[] = [
  {
    name: 'every object names its namespace, and what has none names none',
    complaints: ({ rendered, namespace }) =>
      rendered.manifests.flatMap(({ kind, name, object }) => {
        const wanted = clusterWide.includes(kind) ? undefined : namespace;
        const found = object.metadata.namespace;
        return found === wanted ? [] : [`${kind}/${name} names ${found}, not ${wanted}`];
      }),
  },
  {
    name: 'every name is one that Kubernetes takes',
    complaints: ({ rendered }) =>
      rendered.manifests.flatMap(({ kind, name }) => {
        const fits =
          (kind === 'Service' ? label : subdomain).test(name) && name.length <= longestName({ kind });
        return fits ? [] : [`${kind} "${name}" (${name.length} characters)`];
      }),
  },
  {
    name: 'every name inside a pod is one that Kubernetes takes',
    complaints: ({ rendered }) =>
      workloads(rendered).flatMap(({ title, spec, claims }) => {
        const containers = [...(spec.initContainers ?? []), ...spec.containers];
        const names = [
          ...containers.map(({ name }) => name),
          ...(spec.volumes ?? []).map(({ name }) => name),
          ...claims.map(({ metadata }) => metadata.name),
        ];
        const ports = containers.flatMap(container => container.ports ?? []).map(({ name = 'x' }) => name);
        return [
          ...names.filter(name => !label.test(name) || name.length > 63),
          ...ports.filter(name => !label.test(name) || name.length > 15),
        ].map(name => `${title}: "${name}"`);
      }),
  },
  {
    name: 'every label is one that Kubernetes takes',
    complaints: scene =>
      labelled(scene).flatMap(({ title, labels }) =>
        Object.entries(labels)
          .filter(
            ([key, value]) =>
              !/^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(key) ||
              !/^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/.test(value),
          )
          .map(([key, value]) => `${title}: ${key}=${JSON.stringify(value)}`),
      ),
  },
  {
    name: 'no object is larger than Kubernetes keeps',
    complaints: ({ rendered }) =>
      rendered.manifests.flatMap(({ kind, name, object }) => [
        ...(JSON.stringify(object).length > 1_000_000 ? [`${kind}/${name} is above 1 MB`] : []),
        ...(annotationBytes(object) > 262_144 ? [`${kind}/${name} has annotations above 256 KiB`] : []),
      ]),
  },
];

function annotationBytes({ metadata: { annotations = {} } }: KubernetesObject): number {
  return Buffer.byteLength(Object.entries(annotations).flat().join(''));
}
