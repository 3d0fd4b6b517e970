// Whatever an object names is there, or the person named it.
import { isObject } from '../json.ts';
import type { KubernetesObject, RoleBinding } from '../objects.ts';
import { containersOf } from '../pod.ts';
import { type Invariant, type Scene, texts } from './invariant.ts';
import { objectsOf, workloads } from './workloads.ts';

/** Something of the namespace that a pod names. */
interface Reference {
  readonly title: string;
  readonly kind: string;
  readonly name: string;
}

/** The key beside which Kubernetes wants the name of a thing, and the kind of that thing. */
const named: Readonly<Record<string, readonly [kind: string, key: string]>> = {
  configMap: ['ConfigMap', 'name'],
  configMapRef: ['ConfigMap', 'name'],
  configMapKeyRef: ['ConfigMap', 'name'],
  secret: ['Secret', 'secretName'],
  secretRef: ['Secret', 'name'],
  secretKeyRef: ['Secret', 'name'],
  persistentVolumeClaim: ['PersistentVolumeClaim', 'claimName'],
};

/** Returns what a volume or a container names, at any depth: in projected volumes and in variables as well. */
function namesIn(title: string, node: unknown): Reference[] {
  if (Array.isArray(node)) return node.flatMap(item => namesIn(title, item));
  if (!isObject(node)) return [];
  return Object.entries(node).flatMap(([key, inner]) => {
    const [kind, where] = named[key] ?? [];
    const found = isObject(inner) && where !== undefined ? (inner[where] ?? inner.name) : undefined;
    const own = kind !== undefined && typeof found === 'string' ? [{ title, kind, name: found }] : [];
    return [...own, ...namesIn(title, inner)];
  });
}

function references({ rendered }: Scene): Reference[] {
  return workloads(rendered).flatMap(({ title, spec, claims }) => [
    ...namesIn(title, spec.volumes ?? []),
    ...containersOf(spec).flatMap(({ env = [], envFrom = [] }) => namesIn(title, [...env, ...envFrom])),
    ...(spec.imagePullSecrets ?? []).map(({ name }) => ({ title, kind: 'Secret', name })),
    ...claims.flatMap(({ spec: { storageClassName: name } }) =>
      name === undefined || name === '' ? [] : [{ title, kind: 'StorageClass', name }],
    ),
    { title, kind: 'ServiceAccount', name: spec.serviceAccountName ?? 'default' },
  ]);
}

/** Kubernetes puts these into every namespace. */
const everywhere = ['ConfigMap/kube-root-ca.crt', 'ServiceAccount/default'];

export const referenceInvariants: readonly Invariant[] = [
  {
    name: 'every ConfigMap, Secret, claim, class and account that a pod names is there',
    complaints: scene => {
      const there = [...scene.rendered.manifests.map(({ kind, name }) => `${kind}/${name}`), ...everywhere];
      const theirs = texts(scene.values);
      return references(scene)
        .filter(({ kind, name }) => !there.includes(`${kind}/${name}`) && !theirs.includes(name))
        .map(({ title, kind, name }) => `${title} names ${kind}/${name}`);
    },
  },
  {
    name: 'every binding ties a role that is there to the account of the pods',
    complaints: ({ rendered, namespace }) => {
      const bindings = objectsOf<RoleBinding>(rendered, 'RoleBinding');
      const roles = objectsOf<KubernetesObject>(rendered, 'Role').map(({ metadata }) => metadata.name);
      const accounts = workloads(rendered).map(({ spec }) => spec.serviceAccountName ?? 'default');
      return [
        ...roles
          .filter(role => !bindings.some(({ roleRef }) => roleRef.name === role))
          .map(role => `nothing binds Role/${role}`),
        ...bindings
          .filter(
            ({ roleRef: { apiGroup, kind, name } }) =>
              apiGroup !== 'rbac.authorization.k8s.io' || kind !== 'Role' || !roles.includes(name),
          )
          .map(
            ({ metadata, roleRef }) => `RoleBinding/${metadata.name} binds ${roleRef.kind}/${roleRef.name}`,
          ),
        ...bindings.flatMap(({ metadata, subjects }) =>
          subjects
            .filter(
              subject =>
                subject.kind !== 'ServiceAccount' ||
                subject.namespace !== namespace ||
                !accounts.includes(subject.name),
            )
            .map(subject => `RoleBinding/${metadata.name} is for ${subject.kind}/${subject.name}`),
        ),
      ];
    },
  },
];
