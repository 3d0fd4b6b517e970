import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Rendered, RenderOptions } from './helm.ts';
import type { JsonObject } from './json.ts';
import { kubernetesVersions } from './kubernetes.ts';
import type { Manifest } from './manifest.ts';
import type { ConfigMap } from './objects.ts';
import { chartDirectory } from './project.ts';
import { examples } from './values.ts';

/** A render that test/render/golden keeps. */
export interface GoldenScenario {
  readonly name: string;
  readonly values: JsonObject;
  readonly options: RenderOptions;
}

/** Returns what is kept: the defaults, the same for Kubernetes without image volumes, and each file of values/. */
export function goldenScenarios(): GoldenScenario[] {
  const [oldest = ''] = kubernetesVersions;
  return [
    { name: 'default', values: {}, options: {} },
    { name: 'default-oldest', values: {}, options: { kubeVersion: oldest } },
    ...examples().map(({ name, values }) => ({ name, values, options: {} })),
  ];
}

/**
 * Returns a render as it is kept in test/render/golden: sorted keys, and without what changes with every
 * release or has its own file (the chart's version, the scripts and their hash).
 */
export function goldenText({ manifests }: Rendered): string {
  const documents = manifests.map(manifest => {
    const object = stringify(withoutScripts(manifest), {
      version: '1.1',
      sortMapEntries: true,
      lineWidth: 0,
    });
    return `---\n# ${manifest.source}\n${object}`;
  });
  return documents
    .join('')
    .replaceAll(/(helm\.sh\/chart: etcd-)\S+/g, '$1VERSION')
    .replaceAll(/(-scripts-)[0-9a-f]{10}\b/g, '$1HASH');
}

function withoutScripts({ kind, object }: Manifest): object {
  const { data = {}, ...rest } = object as ConfigMap;
  const scripts = Object.entries(data).filter(([name, text]) => isScript(name, text));
  if (kind !== 'ConfigMap' || scripts.length === 0) return object;
  const others = Object.entries(data).filter(([name]) => !scripts.some(([script]) => script === name));
  return { ...rest, data: { ...Object.fromEntries(others), '*.sh': 'as in chart/scripts' } };
}

function isScript(name: string, text: string): boolean {
  const file = join(chartDirectory, 'scripts', name);
  return existsSync(file) && text === readFileSync(file, 'utf8');
}
