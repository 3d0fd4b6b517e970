// What must hold for every render, on values picked by hand. permutations.test.ts asks the same of all pairs of
// settings, and test/harness/invariants.test.ts asks the invariants whether they would see what they are there for.
import { describe, expect, test } from 'vitest';
import { render } from '../support/helm.ts';
import { invariants } from '../support/invariants/invariants.ts';
import { permutations } from '../support/permutations.ts';

describe.each(permutations)('$name', ({ values, options }) => {
  test.each(invariants)('$name', async ({ complaints }) => {
    const rendered = await render(values, options);
    expect(complaints({ rendered, values, namespace: options?.namespace ?? 'default' })).toEqual([]);
  });
});
