import { describe, expect, test } from 'vitest';
import { ablated, ablations, unseen } from './ablations.ts';
import { type Rule, rules } from './rules.ts';
import { gaps, type Scenario, scenarios, searchOf } from './scenarios.ts';
import { type Outcome, search } from './search.ts';
import { traceOf } from './trace.ts';

function expectNothingBroken(outcome: Outcome): void {
  expect(outcome.broken, traceOf(outcome)).toBe('');
  expect(outcome.states).toBeGreaterThan(1);
}

const controls = new Map<string, Outcome>();

/** The same faults with every rule in force; many ablations share them. */
function controlOf(scenario: Scenario): Outcome {
  const key = JSON.stringify({ ...scenario, name: '' });
  const outcome = controls.get(key) ?? search(searchOf(scenario));
  controls.set(key, outcome);
  return outcome;
}

describe('with all its rules the protocol keeps every invariant', () => {
  test.each(scenarios.map(scenario => [scenario.name, scenario] as const))('%s', (_, scenario) => {
    expectNothingBroken(controlOf(scenario));
  });
});

describe('each rule is needed', () => {
  test.each(ablations.map(ablation => [ablation.name, ablation] as const))('%s', (_, ablation) => {
    const outcome = search(searchOf(ablation.in, ablated(ablation)));
    expect(outcome.broken, traceOf(outcome)).toMatch(ablation.breaks);
    // The same faults do no harm while the rule is in force.
    if (ablation.besideGap !== true) expectNothingBroken(controlOf(ablation.in));
  });

  test.each(unseen.map(ablation => [ablation.name, ablation] as const))('but for: %s', (_, ablation) => {
    expectNothingBroken(search(searchOf(ablation.in, ablated(ablation))));
  });

  test('no rule is left out', () => {
    const without = [...ablations, ...unseen].flatMap(ablation => ablation.without ?? []);
    expect([...new Set(without)].sort()).toEqual((Object.keys(rules) as Rule[]).sort());
  });
});

// A gap that is closed belongs to the scenarios.
test.each(gaps.map(gap => [gap.name, gap] as const))('known gap: %s', (_, gap) => {
  const outcome = search(searchOf(gap));
  expect(outcome.broken, traceOf(outcome)).toMatch(gap.breaks);
});
