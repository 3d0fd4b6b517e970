export interface Resource {
  plural: 'pods' | 'persistentvolumeclaims' | 'configmaps' | 'statefulsets';
  singular: string;
  kind: string;
  shortName: string;
  group: '' | 'apps';
}

export type Plural = Resource['plural'];

/** The kinds of object that the chart's scripts deal with, all of them namespaced. */
export const resources: readonly Resource[] = [
  { plural: 'pods', singular: 'pod', kind: 'Pod', shortName: 'po', group: '' },
  {
    plural: 'persistentvolumeclaims',
    singular: 'persistentvolumeclaim',
    kind: 'PersistentVolumeClaim',
    shortName: 'pvc',
    group: '',
  },
  { plural: 'configmaps', singular: 'configmap', kind: 'ConfigMap', shortName: 'cm', group: '' },
  { plural: 'statefulsets', singular: 'statefulset', kind: 'StatefulSet', shortName: 'sts', group: 'apps' },
];

/** Returns the resource of a plural name; throws when the stub does not serve it. */
export function resourceOf(plural: string): Resource {
  const found = resources.find(resource => resource.plural === plural);
  if (found === undefined) throw new Error(`the stub API server does not serve "${plural}"`);
  return found;
}

/** Returns `v1` or `apps/v1`. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? 'v1' : `${resource.group}/v1`;
}
