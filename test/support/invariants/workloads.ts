// Who makes pods, and what is known about these pods before they are made.
import type { Rendered } from '../helm.ts';
import type { KubernetesObject, PersistentVolumeClaim, PodSpec, StringMap } from '../objects.ts';

/** An object that makes pods. */
export interface Workload {
  /** `StatefulSet/etcd`, for complaints. */
  readonly title: string;
  readonly kind: string;
  readonly name: string;
  readonly labels: StringMap;
  readonly spec: PodSpec;
  readonly selector: StringMap | undefined;
  readonly claims: readonly PersistentVolumeClaim[];
}

interface PodTemplate {
  readonly metadata?: { readonly labels?: StringMap };
  readonly spec: PodSpec;
}

/** A StatefulSet, Deployment, DaemonSet, Job or, one level down, a CronJob. */
interface Template extends KubernetesObject {
  readonly spec: {
    readonly template?: PodTemplate;
    readonly jobTemplate?: { readonly spec: { readonly template: PodTemplate } };
    readonly selector?: { readonly matchLabels?: StringMap };
    readonly volumeClaimTemplates?: readonly PersistentVolumeClaim[];
  };
}

const makers = ['StatefulSet', 'Deployment', 'DaemonSet', 'Job', 'CronJob'];

/** Returns everything in a render that makes pods. */
export function workloads({ manifests }: Rendered): Workload[] {
  return manifests.flatMap(({ kind, name, object }) => {
    if (!makers.includes(kind)) return [];
    const { spec } = object as Template;
    const template = spec.template ?? spec.jobTemplate?.spec.template;
    if (template === undefined) return [];
    return [
      {
        title: `${kind}/${name}`,
        kind,
        name,
        labels: template.metadata?.labels ?? {},
        spec: template.spec,
        selector: spec.selector?.matchLabels,
        claims: spec.volumeClaimTemplates ?? [],
      },
    ];
  });
}

/** Returns the objects of one kind, believed to be of type `T`: the schema of the kind has accepted them. */
export function objectsOf<T extends KubernetesObject>({ manifests }: Rendered, wanted: string): T[] {
  return manifests.filter(({ kind }) => kind === wanted).map(({ object }) => object as T);
}
