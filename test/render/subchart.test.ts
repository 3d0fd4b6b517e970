// The chart as a part of somebody else's.
import { expect, test } from 'vitest';
import { helms, type Rendered, type RenderOptions, render } from '../support/helm.ts';
import type { JsonObject } from '../support/json.ts';
import { parentChart } from '../support/temporary-chart.ts';

/** Renders a chart that has this one twice, as `etcd` and as `store`. */
async function renderParent(values: JsonObject, options: RenderOptions = {}): Promise<Rendered> {
  await using chart = await parentChart(['etcd', 'store']);
  return await render(values, { ...options, release: 'shop', chart: chart.directory });
}

test.each(helms)('renders twice in one parent, side by side (%s)', async helm => {
  const values = {
    etcd: { enabled: true },
    store: { enabled: true, replicaCount: 5 },
    global: { theme: 'dark' },
  };
  const { manifests, by } = await renderParent(values, { helm });
  const sets = manifests.filter(({ kind }) => kind === 'StatefulSet').map(({ name }) => name);
  expect(sets.sort()).toEqual(['shop-etcd', 'shop-store']);
  expect(by('StatefulSet', 'shop-store').spec.replicas).toBe(5);
  expect(by('StatefulSet', 'shop-store').spec.selector).not.toEqual(
    by('StatefulSet', 'shop-etcd').spec.selector,
  );
});

test('can be switched off by its parent', async () => {
  const { manifests } = await renderParent({ etcd: { enabled: true }, store: { enabled: false } });
  expect(manifests.filter(({ kind }) => kind === 'StatefulSet').map(({ name }) => name)).toEqual([
    'shop-etcd',
  ]);
});

test('takes the registry that its parent sets for all charts', async () => {
  const { by } = await renderParent({
    store: { enabled: false },
    global: { imageRegistry: 'mirror.example' },
  });
  const [container] = by('StatefulSet', 'shop-etcd').spec.template.spec.containers;
  expect(container?.image).toMatch(/^mirror\.example\//);
});

test.each(helms)(
  'takes pull secrets and the storage class that its parent sets for all charts (%s)',
  async helm => {
    const { by } = await renderParent(
      {
        etcd: { enabled: true, imagePullSecrets: ['own'] },
        store: { enabled: true, persistence: { storageClass: 'own' } },
        global: { imagePullSecrets: ['shared'], storageClass: 'fast' },
      },
      { helm },
    );
    const of = (name: string): { secrets: unknown; classes: unknown } => {
      const { template, volumeClaimTemplates = [] } = by('StatefulSet', name).spec;
      return {
        secrets: template.spec.imagePullSecrets,
        classes: volumeClaimTemplates.map(({ spec }) => spec.storageClassName),
      };
    };
    expect(of('shop-etcd')).toEqual({ secrets: [{ name: 'shared' }, { name: 'own' }], classes: ['fast'] });
    expect(of('shop-store')).toEqual({ secrets: [{ name: 'shared' }], classes: ['own'] });
  },
);
