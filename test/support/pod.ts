import { type RenderOptions, render } from './helm.ts';
import type { JsonObject } from './json.ts';
import type { ConfigMap, Container, PodSpec, StatefulSet, Volume } from './objects.ts';

/** Renders the chart and returns its only StatefulSet. Throws when there is not exactly one, or RenderError. */
export async function renderStatefulSet(values?: JsonObject, options?: RenderOptions): Promise<StatefulSet> {
  const rendered = await render(values, options);
  const sets = rendered.manifests.filter(({ kind }) => kind === 'StatefulSet');
  const [set] = sets;
  if (set === undefined || sets.length > 1) throw new Error(`Expected one StatefulSet, found ${sets.length}`);
  return rendered.by('StatefulSet', set.name);
}

/** Renders the chart and returns the pod template's spec. Throws RenderError. */
export async function renderPod(values?: JsonObject, options?: RenderOptions): Promise<PodSpec> {
  return (await renderStatefulSet(values, options)).spec.template.spec;
}

/** Renders the chart and returns the ConfigMap that the volume `scripts` of its pods names. Throws RenderError. */
export async function renderScripts(values?: JsonObject, options?: RenderOptions): Promise<ConfigMap> {
  const { name = '' } = volume(await renderPod(values, options), 'scripts').configMap ?? {};
  return (await render(values, options)).by('ConfigMap', name);
}

/** Returns all containers of a pod, init containers first. */
export function containersOf(pod: PodSpec): readonly Container[] {
  return [...(pod.initContainers ?? []), ...pod.containers];
}

/** Returns the container of that name; throws, listing what there is, when the pod has none. */
export function container(pod: PodSpec, name: string): Container {
  return named('container', containersOf(pod), name);
}

/** Returns the volume of that name; throws, listing what there is, when the pod has none. */
export function volume(pod: PodSpec, name: string): Volume {
  return named('volume', pod.volumes ?? [], name);
}

/** Returns the variables of a container that have a plain value, name to value. */
export function environment({ env = [] }: Container): Record<string, string> {
  return Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
}

/** Returns where a container sees what: mount path to the name of the volume. */
export function mounts({ volumeMounts = [] }: Container): Record<string, string> {
  return Object.fromEntries(volumeMounts.map(({ mountPath, name }) => [mountPath, name]));
}

function named<T extends { readonly name: string }>(what: string, items: readonly T[], name: string): T {
  const found = items.find(item => item.name === name);
  if (found === undefined)
    throw new Error(`There is no ${what} ${name} among ${items.map(item => item.name).join(', ') || 'none'}`);
  return found;
}
