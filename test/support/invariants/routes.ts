// Ingresses, routes and monitors lead to Services that are there.
import { isObject } from '../json.ts';
import type { KubernetesObject, Service } from '../objects.ts';
import type { Invariant } from './invariant.ts';
import { objectsOf } from './workloads.ts';

interface Backend {
  readonly name: string;
  readonly port: number | string | undefined;
}

interface Monitor extends KubernetesObject {
  readonly spec: {
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly endpoints?: readonly { readonly port?: string }[];
  };
}

/** Returns every backend anywhere in an Ingress or a route of the Gateway API. */
function backends(node: unknown): Backend[] {
  if (Array.isArray(node)) return node.flatMap(backends);
  if (!isObject(node)) return [];
  const { service, backendRefs } = node;
  const own: Backend[] = [];
  if (isObject(service) && typeof service.name === 'string') {
    const port = isObject(service.port) ? (service.port.name ?? service.port.number) : undefined;
    own.push({ name: service.name, port: port as Backend['port'] });
  }
  if (Array.isArray(backendRefs))
    own.push(...backendRefs.map(reference => ({ name: String(reference.name), port: reference.port })));
  return [...own, ...Object.values(node).flatMap(backends)];
}

export const routeInvariants: readonly Invariant[] = [
  {
    name: 'every Ingress and every route leads to a port of a Service',
    complaints: ({ rendered }) =>
      rendered.manifests
        .filter(({ kind }) => kind === 'Ingress' || kind.endsWith('Route'))
        .flatMap(({ kind, name: title, object }) =>
          backends(object)
            .filter(({ name, port }) => {
              const service = objectsOf<Service>(rendered, 'Service').find(
                ({ metadata }) => metadata.name === name,
              );
              return !service?.spec.ports?.some(known => port === known.port || port === known.name);
            })
            .map(({ name, port }) => `${kind}/${title} leads to ${name}:${port}`),
        ),
  },
  {
    name: 'every ServiceMonitor finds a Service with its ports',
    complaints: ({ rendered }) =>
      objectsOf<Monitor>(rendered, 'ServiceMonitor').flatMap(({ metadata, spec }) => {
        const wanted = Object.entries(spec.selector.matchLabels ?? {});
        const found = objectsOf<Service>(rendered, 'Service').filter(service =>
          wanted.every(([key, value]) => service.metadata.labels?.[key] === value),
        );
        const names = found.flatMap(service => (service.spec.ports ?? []).map(({ name }) => name));
        if (found.length === 0) return [`ServiceMonitor/${metadata.name} finds no Service`];
        return (spec.endpoints ?? [])
          .filter(({ port }) => !names.includes(port))
          .map(({ port }) => `ServiceMonitor/${metadata.name} reads the port ${port}`);
      }),
  },
];
