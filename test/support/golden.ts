import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Rendered } from './helm.ts';
import type { Manifest } from './manifest.ts';
import type { ConfigMap } from './objects.ts';
import { chartDirectory } from './project.ts';

/**
 * Returns a render as it is kept in test/render/golden: sorted keys, and without what changes with every
 * release or has a file of its own (the chart's version, the scripts and their checksum).
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
    .replaceAll(/(checksum\/scripts: )\S+/g, '$1CHECKSUM');
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
