import { expect, test } from 'vitest';
import { testArguments } from '../../scripts/test-arguments.ts';
import { tiers } from '../../scripts/tier.ts';
import { versions } from '../../scripts/tools/catalogue.ts';

test('without a tier all of them run, with what vitest is given', () => {
  expect(testArguments([])).toEqual({ wanted: tiers, vitest: [], environment: {} });
  expect(testArguments(['-t', 'x'])).toEqual({ wanted: tiers, vitest: ['-t', 'x'], environment: {} });
});

test('a tier takes arguments for vitest', () => {
  expect(testArguments(['member', '-t', 'x'])).toEqual({
    wanted: ['member'],
    vitest: ['-t', 'x'],
    environment: {},
  });
});

test('the render tier can be quick', () => {
  expect(testArguments(['render', '-t', 'x', '--quick'])).toEqual({
    wanted: ['render'],
    vitest: ['--exclude=test/{harness,scripts}/**', '--exclude=test/render/effects.test.ts', '-t', 'x'],
    environment: { RENDER_QUICK: '1' },
  });
});

test('the cluster tier takes a version: the smoke tests for the oldest, unless others are named', () => {
  const oldest = testArguments(['cluster', '--kubernetes', '1.34']);
  expect(oldest.environment).toEqual({ CLUSTER_KUBERNETES: versions.kubernetesOldest });
  expect(oldest.vitest).toContain('test/cluster/members.test.ts');
  expect(testArguments(['cluster', '--kubernetes', versions.kubernetesOldest, '-t', 'x']).vitest).toEqual([
    '-t',
    'x',
  ]);
  expect(testArguments(['cluster', '--kubernetes', versions.kubernetes]).vitest).toEqual([]);
});

test.each(['1.35', '', '1', 'latest'])('Kubernetes %j is refused, with what there is', version => {
  expect(() => testArguments(['cluster', '--kubernetes', version])).toThrow(
    `${versions.kubernetesOldest} or ${versions.kubernetes}`,
  );
});
