// What an object is, in a few words.
import { isObject } from '../../test/support/json.ts';
import type { Manifest } from '../../test/support/manifest.ts';
import type {
  ConfigMap,
  PersistentVolume,
  PodDisruptionBudget,
  Role,
  RoleBinding,
  Service,
  StatefulSet,
  StorageClass,
} from '../../test/support/objects.ts';

/** Returns one line for each object: its kind, its name and what it is. */
export function summary(manifests: readonly Manifest[]): string[] {
  const rows = manifests.map(({ kind, name, object }) => [kind, name, describe({ kind, object }) ?? '']);
  const [kinds, names] = [0, 1].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows.map(([kind = '', name = '', words = '']) =>
    `${kind.padEnd(kinds ?? 0)}  ${name.padEnd(names ?? 0)}  ${words}`.trimEnd(),
  );
}

function describe({ kind, object }: Pick<Manifest, 'kind' | 'object'>): string | undefined {
  switch (kind) {
    case 'StatefulSet':
      return ofStatefulSet(object as StatefulSet);
    case 'Service':
      return ofService(object as Service);
    case 'PersistentVolume':
      return ofVolume(object as PersistentVolume);
    case 'StorageClass':
      return `by ${(object as StorageClass).provisioner}`;
    case 'ConfigMap':
      return `holds ${Object.keys((object as ConfigMap).data ?? {}).length} entries`;
    case 'PodDisruptionBudget':
      return `drains take ${(object as PodDisruptionBudget).spec.maxUnavailable} at a time`;
    case 'Role':
      return `${(object as Role).rules.length} rules`;
    case 'RoleBinding':
      return ofBinding(object as RoleBinding);
    default:
      return hosts(object).join(', ');
  }
}

function ofStatefulSet({ spec }: StatefulSet): string {
  const [container] = spec.template.spec.containers;
  const claims = (spec.volumeClaimTemplates ?? []).map(({ metadata, spec: claim }) => {
    const { storageClassName: name } = claim;
    const storage = name === undefined ? 'the default class' : name === '' ? 'no class' : `class ${name}`;
    return `${claim.resources?.requests?.storage} of ${storage} for ${metadata.name}`;
  });
  const volumes = claims.length > 0 ? claims.join(', ') : 'no volume claims';
  return `${spec.replicas} pods of ${container?.image}, each with ${volumes}`;
}

function ofService({ spec }: Service): string {
  const ports = (spec.ports ?? []).map(({ port, nodePort }) =>
    nodePort === undefined ? `${port}` : `${port} (on nodes ${nodePort})`,
  );
  return `${spec.clusterIP === 'None' ? 'headless' : spec.type}, ${ports.join(', ')}`;
}

function ofVolume({ spec }: PersistentVolume): string {
  const claim = spec.claimRef === undefined ? 'any claim' : `the claim ${spec.claimRef.name}`;
  return `${spec.capacity?.storage} for ${claim}`;
}

function ofBinding({ roleRef, subjects }: RoleBinding): string {
  return `${roleRef.kind} ${roleRef.name} to ${subjects.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`;
}

/** Returns the host names in an Ingress or a route. */
function hosts(node: unknown): string[] {
  if (!isObject(node) || !isObject(node.spec)) return [];
  const { hostnames, rules } = node.spec;
  const named = Array.isArray(hostnames) ? hostnames.map(String) : [];
  const ruled = Array.isArray(rules)
    ? rules.flatMap(({ host }) => (host === undefined ? [] : [String(host)]))
    : [];
  return [...named, ...ruled];
}
