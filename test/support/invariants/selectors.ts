// Who selects pods finds them, and what sends traffic somewhere is heard there.
import type { KubernetesObject, PodDisruptionBudget, Service, StringMap } from '../objects.ts';
import type { Invariant, Scene } from './invariant.ts';
import { objectsOf, workloads } from './workloads.ts';

/** These labels a pod gets from Kubernetes. */
const byKubernetes = ['statefulset.kubernetes.io/pod-name', 'apps.kubernetes.io/pod-index'];
/** What selects members may say this and nothing that ever changes. */
const lasting = ['app.kubernetes.io/component', 'app.kubernetes.io/instance', 'app.kubernetes.io/name'];

interface Selecting {
  readonly title: string;
  readonly selector: StringMap;
}

interface NetworkPolicy extends KubernetesObject {
  readonly spec: { readonly podSelector: { readonly matchLabels?: StringMap } };
}

function selecting({ rendered }: Scene): Selecting[] {
  return [
    ...workloads(rendered).flatMap(({ title, selector }) =>
      selector === undefined ? [] : [{ title, selector }],
    ),
    ...objectsOf<Service>(rendered, 'Service').flatMap(({ metadata: { name }, spec: { selector } }) =>
      selector === undefined ? [] : [{ title: `Service/${name}`, selector }],
    ),
    ...objectsOf<PodDisruptionBudget>(rendered, 'PodDisruptionBudget').map(({ metadata, spec }) => ({
      title: `PodDisruptionBudget/${metadata.name}`,
      selector: spec.selector.matchLabels,
    })),
    ...objectsOf<NetworkPolicy>(rendered, 'NetworkPolicy').map(({ metadata, spec }) => ({
      title: `NetworkPolicy/${metadata.name}`,
      selector: spec.podSelector.matchLabels ?? {},
    })),
  ];
}

/** Labels of the pods: those of the templates, and those that the operator gives the pods it makes. */
function podLabels({ rendered }: Scene): StringMap[] {
  return [
    ...workloads(rendered).map(({ labels }) => labels),
    ...objectsOf(rendered, 'EtcdCluster').map(({ metadata: { name } }) => ({ app: name, controller: name })),
  ];
}

function without(labels: StringMap, keys: readonly string[]): [string, string][] {
  return Object.entries(labels).filter(([key]) => !keys.includes(key));
}

export const selectorInvariants: readonly Invariant[] = [
  {
    name: 'every selector finds pods',
    complaints: scene =>
      selecting(scene).flatMap(({ title, selector }) => {
        const wanted = without(selector, byKubernetes);
        const found = podLabels(scene).some(labels => wanted.every(([key, value]) => labels[key] === value));
        return found ? [] : [`${title} selects ${JSON.stringify(selector)}, which no pod bears`];
      }),
  },
  {
    name: 'every selector of a member says what never changes, and only that',
    complaints: scene =>
      workloads(scene.rendered).length === 0
        ? []
        : selecting(scene).flatMap(({ title, selector }) => {
            const keys = without(selector, byKubernetes).map(([key]) => key);
            return keys.sort().join() === lasting.join() ? [] : [`${title} selects by ${keys.join(', ')}`];
          }),
  },
  {
    name: 'every Service for one pod names one that there can be',
    complaints: ({ rendered }) =>
      objectsOf<Service>(rendered, 'Service').flatMap(({ metadata, spec }) => {
        const pod = spec.selector?.[byKubernetes[0] ?? ''];
        if (pod === undefined) return [];
        const sets = [
          ...workloads(rendered).filter(({ kind }) => kind === 'StatefulSet'),
          // The operator makes a set of the same name.
          ...objectsOf(rendered, 'EtcdCluster').map(({ metadata: { name } }) => ({ name })),
        ];
        const made = sets.some(({ name }) => new RegExp(`^${name}-\\d$`).test(pod));
        return made ? [] : [`Service/${metadata.name} selects the pod ${pod}`];
      }),
  },
  {
    name: 'every port of a Service leads to a port of the containers, of the same number',
    complaints: scene => {
      const { rendered } = scene;
      return objectsOf<Service>(rendered, 'Service').flatMap(({ metadata, spec }) => {
        const wanted = without(spec.selector ?? {}, byKubernetes);
        const chosen = workloads(rendered).filter(
          ({ labels }) => wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value),
        );
        const ports = chosen.flatMap(({ spec: pod }) => pod.containers).flatMap(({ ports = [] }) => ports);
        // Pods that somebody else makes show no ports.
        if (chosen.length === 0) return [];
        return (spec.ports ?? [])
          .filter(({ port, targetPort = port }) => {
            const target = ports.find(({ name, containerPort }) => targetPort === (name ?? containerPort));
            const byNumber = ports.find(({ containerPort }) => containerPort === targetPort);
            return (target ?? byNumber)?.containerPort !== port;
          })
          .map(({ name, port, targetPort }) => `Service/${metadata.name} ${name} ${port} to ${targetPort}`);
      });
    },
  },
];
