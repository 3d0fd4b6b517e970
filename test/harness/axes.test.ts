// What the permutations stand on: pairs are all seen, refusals are understood, and what fails is made small.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choicesIn, complaintsIn } from '../support/axes/complaint.ts';
import { Pairs } from '../support/axes/pairs.ts';
import { shrink } from '../support/axes/shrink.ts';
import type { JsonObject } from '../support/json.ts';
import { valueAt } from '../support/values-tree.ts';

/** Returns all rows that `pairs` gives. */
function rowsOf(pairs: Pairs): (readonly number[])[] {
  const rows: (readonly number[])[] = [];
  for (let row = pairs.row(); row !== undefined; row = pairs.row()) {
    pairs.cover(row);
    rows.push(row);
  }
  return rows;
}

function seen(
  rows: readonly (readonly number[])[],
  one: readonly number[],
  other: readonly number[],
): boolean {
  return rows.some(row => row[one[0] ?? 0] === one[1] && row[other[0] ?? 0] === other[1]);
}

const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 8 });

describe('pairs', () => {
  test('are all in some row, and each row gives every axis one of its levels', () => {
    fc.assert(
      fc.property(sizes, fc.integer(), (levels, seed) => {
        const rows = rowsOf(new Pairs(levels, seed));
        for (const row of rows)
          expect(row.every((level, axis) => level >= 0 && level < (levels[axis] ?? 0))).toBe(true);
        for (const [axis, count] of levels.entries())
          for (const [other, others] of levels.entries())
            for (let level = 0; axis < other && level < count; level += 1)
              for (let second = 0; second < others; second += 1)
                expect(seen(rows, [axis, level], [other, second])).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('that were forbidden are in no row, are counted, and the same seed gives the same rows', () => {
    const make = (): Pairs => {
      const pairs = new Pairs([3, 3, 3, 3], 7);
      pairs.forbid([
        { axis: 0, level: 1 },
        { axis: 2, level: 2 },
      ]);
      return pairs;
    };
    const pairs = make();
    const rows = rowsOf(pairs);
    expect(seen(rows, [0, 1], [2, 2])).toBe(false);
    expect(seen(rows, [0, 1], [2, 1])).toBe(true);
    expect(pairs.refused).toBe(1);
    expect(pairs.total).toBe(54);
    expect(rowsOf(make())).toEqual(rows);
  });

  test('of a setting that a switch turns on are seen while it is on, and with the switch either way', () => {
    fc.assert(
      fc.property(sizes, fc.integer(), (levels, seed) => {
        const [on, sleeper] = [levels.length, levels.length + 1];
        const switches = new Map([[sleeper, { axis: on, level: 1 }]]);
        const rows = rowsOf(new Pairs([...levels, 2, 3], seed, switches));
        const awake = rows.filter(row => row[on] === 1);
        for (const level of [1, 2]) {
          for (const state of [0, 1]) expect(seen(rows, [sleeper, level], [on, state])).toBe(true);
          for (const [axis, count] of levels.entries())
            for (let other = 0; other < count; other += 1)
              expect(seen(awake, [sleeper, level], [axis, other])).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('take few rows', () => {
    expect(rowsOf(new Pairs(Array.from({ length: 60 }, () => 3))).length).toBeLessThan(40);
  });
});

describe('a refusal', () => {
  const axes = ['service.type', 'service.nodePort', 'extraVolumes'].map(name => ({
    name,
    path: name.split('.'),
    levels: [undefined, 1],
  }));

  test('is read as complaints, of the chart and of the schema', () => {
    expect(complaintsIn("Error: x\n- a.b: c; d\nmore\n- at '/service/type': value must be one of\n")).toEqual(
      ['a.b: c; d', 'service.type: value must be one of'],
    );
  });

  test('is about the keys that it names', () => {
    const complaint = 'service.nodePort: 1 means nothing for service.type=ClusterIP; use another';
    expect(choicesIn(complaint, [0, 1, 1], axes)).toEqual([
      { axis: 0, level: 0 },
      { axis: 1, level: 1 },
    ]);
    expect(choicesIn('extraVolumes[0].name: taken; use another', [0, 1, 1], axes)).toEqual([
      { axis: 2, level: 1 },
    ]);
  });

  test('that names no key is an error', () => {
    expect(() => choicesIn('something is wrong', [0, 0, 0], axes)).toThrow('begins with no key');
  });
});

describe('what fails', () => {
  test('is made as small as it can be, whatever it takes to fail', async () => {
    const values = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      fc.integer({ min: 1, max: 9 }),
      {
        minKeys: 1,
      },
    );
    await fc.assert(
      fc.asyncProperty(values, fc.nat(), async (flat, pick) => {
        const keys = Object.keys(flat);
        const needed = keys.filter((_, index) => (pick >> index) % 2 === 1);
        const nested: JsonObject = { outer: { ...flat } };
        const fails = async (tried: JsonObject): Promise<boolean> =>
          needed.every(key => valueAt(tried, ['outer', key]) !== undefined);
        const smallest = await shrink(nested, fails);
        expect(Object.keys((smallest.outer ?? {}) as JsonObject).sort()).toEqual(needed.sort());
      }),
    );
  });
});
