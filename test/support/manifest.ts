// What Helm prints, read the way Kubernetes reads it.
import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';
import { deepFreeze, isObject } from './json.ts';
import type { KubernetesObject } from './objects.ts';

/** One object of a render. */
export interface Manifest {
  /** The template it comes from, without the chart's name: `templates/service.yaml`. */
  readonly source: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly object: KubernetesObject;
}

/**
 * Returns the objects in `text`, the output of `helm template`, in its order, frozen. Reads YAML 1.1, as Helm and
 * Kubernetes do. Throws for every error and warning of the parser, for a plain scalar that YAML 1.2 reads
 * differently (`no`, `0644`, `1_000`: quote them), for a document that is no Kubernetes object or names no
 * template, and for two objects of one kind and name.
 */
export function parseManifests(text: string): Manifest[] {
  const manifests: Manifest[] = [];
  for (const manifest of documents(text).flatMap(parsed)) {
    if (manifests.some(other => other.kind === manifest.kind && other.name === manifest.name))
      throw new Error(`${manifest.source}: there is already a ${manifest.kind} "${manifest.name}"`);
    manifests.push(manifest);
  }
  return manifests;
}

/** Returns the documents in `text`, each with the line that begins it. */
export function documents(text: string): string[] {
  return text.split(/^(?=---(?:\s|$))/m);
}

/** Most renders have most of their documents in common. */
const known = new Map<string, readonly Manifest[]>();

function parsed(document: string): readonly Manifest[] {
  const manifests = known.get(document) ?? deepFreeze(parse(document));
  known.set(document, manifests);
  return manifests;
}

function parse(text: string): Manifest[] {
  const modern = parseAllDocuments(text, { version: '1.2', logLevel: 'silent' });
  const manifests: Manifest[] = [];
  for (const [index, document] of parseAllDocuments(text, { version: '1.1', logLevel: 'silent' }).entries()) {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw problem;
    // A template that renders nothing leaves a comment.
    if (document.contents === null) continue;
    const comment = document.contents.commentBefore ?? document.commentBefore ?? '';
    const manifest = toManifest(/^ ?Source: [^/]+\/(.+)$/m.exec(comment)?.[1], document.toJS());
    refuseTwoReadings(manifest, modern[index]?.toJS());
    manifests.push(manifest);
  }
  return manifests;
}

function toManifest(source: string | undefined, object: unknown): Manifest {
  if (source !== undefined && isKubernetesObject(object)) {
    const { apiVersion, kind, metadata } = object;
    return { source, apiVersion, kind, name: metadata.name, object };
  }
  throw new Error(
    `A document from ${source ?? 'an unknown template'} is no Kubernetes object (apiVersion, kind, metadata.name):\n${stringify(object)}`,
  );
}

function isKubernetesObject(object: unknown): object is KubernetesObject {
  return (
    isObject(object) &&
    typeof object.apiVersion === 'string' &&
    typeof object.kind === 'string' &&
    isObject(object.metadata) &&
    typeof object.metadata.name === 'string'
  );
}

function refuseTwoReadings({ source, object }: Manifest, modern: unknown): void {
  const path = firstDifference(object, modern);
  if (path === undefined) return;
  throw new Error(`${source}: YAML 1.1 and 1.2 read the value at ${path} differently: quote it`);
}

function firstDifference(one: unknown, other: unknown, path = ''): string | undefined {
  if (isDeepStrictEqual(one, other)) return undefined;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return path || '/';
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const inner = (object: object): unknown => Object.entries(object).find(([name]) => name === key)?.[1];
    const found = firstDifference(inner(one), inner(other), `${path}/${key}`);
    if (found !== undefined) return found;
  }
  return path || '/';
}
