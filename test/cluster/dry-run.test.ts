// Every values file before a real API server: what no schema knows (defaults, admission, rules between fields).
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { targetOf } from '../../scripts/cluster/kubectl.ts';
import { deleteNamespace } from '../../scripts/release/namespace.ts';
import { tool } from '../../scripts/tools/tool.ts';
import { customApis } from '../support/crds.ts';
import { type RenderOptions, template } from '../support/helm.ts';
import { isObject, type JsonObject } from '../support/json.ts';
import { permutations } from '../support/permutations.ts';
import { readRendered } from '../support/rendered.ts';
import { examples } from '../support/values.ts';
import { createNamespace, keepsNamespaces } from './support/namespace.ts';

const cluster = inject('cluster');
let namespace = '';
/** Kinds of others come and go with the tests beside this one that need them, and are tried there. */
const others = new Set(customApis);

beforeAll(async () => {
  namespace = await createNamespace(cluster, 'dry-run');
});
afterAll(async () => {
  if (!keepsNamespaces) await deleteNamespace(cluster, namespace);
});

/** Has the API server take the render without keeping it; returns the names it gives back, and its warnings. */
async function dryRun(
  values: JsonObject,
  options: RenderOptions = {},
): Promise<{ taken: string[]; warnings: string }> {
  const text = await template(values, { ...options, namespace, kubeVersion: cluster.kubernetes });
  const { manifests } = readRendered(text);
  const known = manifests.filter(({ apiVersion }) => !others.has(apiVersion));
  for (const { apiVersion, kind } of manifests)
    if (others.has(apiVersion)) console.log(`${kind} is left out: ${apiVersion} is not Kubernetes' own`);
  const list = { apiVersion: 'v1', kind: 'List', items: known.map(({ object }) => object) };
  const { stdout, stderr } = await execa(
    await tool('kubectl'),
    [...targetOf(cluster), 'create', '--dry-run=server', '--output=name', '--filename=-'],
    { input: JSON.stringify(list), timeout: 60_000 },
  );
  expect(stdout.split('\n').length).toBe(known.length);
  return { taken: stdout.split('\n'), warnings: stderr };
}

/** Returns `values` without wishes for address families: the cluster has one, and would refuse the other. */
function singleStack(values: JsonObject): JsonObject {
  const entries = Object.entries(values).filter(([key]) => !key.startsWith('ipFamil'));
  return Object.fromEntries(
    entries.map(([key, value]) => [key, isObject(value) ? singleStack(value as JsonObject) : value]),
  );
}

describe('the API server takes', () => {
  test.each(examples())('values/$name.yaml', async ({ name, values }) => {
    const { taken, warnings } = await dryRun(values);
    expect(taken.length, name).toBeGreaterThan(0);
    expect(warnings).toBe('');
  });

  test.each(permutations.filter(({ name }) => name === 'the defaults' || name === 'everything'))(
    '$name',
    async ({ values }) => {
      const { warnings } = await dryRun(singleStack(values));
      expect(warnings).toBe('');
    },
  );
});

test('and would refuse what it should', async () => {
  await expect(dryRun({ tolerations: [{ operator: 'Sometimes' }] })).rejects.toThrow('Unsupported value');
});
