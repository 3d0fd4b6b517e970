// All pairs of levels in few rows: the greedy way, a row at a time, around what is known not to go together.
import { randomFrom } from '../../../scripts/random.ts';
import type { Row } from './axes.ts';

/** An axis and one of its levels, by their indices. */
export interface Choice {
  readonly axis: number;
  readonly level: number;
}

/** Rows tried for each that is taken: more make fewer rows, and cost time. */
const candidates = 12;

/** Which pairs of levels were seen together, which never can be, and the next row that shows many new ones. */
export class Pairs {
  readonly total: number;
  private readonly levels: readonly number[];
  private readonly offsets: number[] = [];
  private readonly size: number;
  private readonly open: Uint8Array;
  private readonly conflicts = new Map<number, (readonly number[])[]>();
  private readonly next: () => number;
  private refusedPairs = 0;

  /** `levels` are the numbers of levels of the axes; the same `seed` gives the same rows. */
  constructor(levels: readonly number[], seed = 1) {
    this.levels = levels;
    let size = 0;
    for (const count of levels) {
      this.offsets.push(size);
      size += count;
    }
    this.size = size;
    this.open = new Uint8Array(size * size);
    this.next = randomFrom(seed);
    let total = 0;
    for (const [first, second] of this.everyPair()) {
      this.open[first * size + second] = 1;
      total += 1;
    }
    this.total = total;
  }

  /** Pairs that the known conflicts make impossible. */
  get refused(): number {
    return this.refusedPairs;
  }

  /** Notes that these choices never go together. */
  forbid(choices: readonly Choice[]): void {
    const conflict = choices.map(choice => this.id(choice));
    for (const id of conflict) this.conflicts.set(id, [...(this.conflicts.get(id) ?? []), conflict]);
  }

  /** Notes that `row` was seen. */
  cover(row: Row): void {
    const ids = row.map((level, axis) => this.id({ axis, level }));
    for (const first of ids) for (const second of ids) this.open[first * this.size + second] = 0;
  }

  /** Returns a row with pairs that were not seen yet, and without conflicts; undefined when none are left. */
  row(): Row | undefined {
    for (const pair of this.everyPair()) {
      const [first, second] = pair;
      if (this.open[first * this.size + second] === 0) continue;
      const rows = Array.from({ length: candidates }, () => this.rowAround(pair)).filter(
        row => row !== undefined,
      );
      const [best] = rows.sort((one, other) => other.gain - one.gain);
      if (best !== undefined) return best.ids.map((id, axis) => id - (this.offsets[axis] ?? 0));
      this.open[first * this.size + second] = 0;
      this.refusedPairs += 1;
    }
    return undefined;
  }

  private rowAround(pair: readonly number[]): { ids: number[]; gain: number } | undefined {
    const chosen = new Set<number>();
    const ids: number[] = this.levels.map(() => -1);
    let gain = 0;
    const choose = (axis: number, id: number): void => {
      gain += this.gain(id, chosen);
      chosen.add(id);
      ids[axis] = id;
    };
    for (const id of pair) {
      if (!this.goes(id, chosen)) return undefined;
      choose(this.axisOf(id), id);
    }
    const rest = this.levels.map((_, axis) => axis).filter(axis => ids[axis] === -1);
    for (const axis of shuffled(rest, this.next)) {
      const options = shuffled(this.idsOf(axis), this.next).filter(id => this.goes(id, chosen));
      const [best] = options
        .map(id => ({ id, gain: this.gain(id, chosen) }))
        .sort((one, other) => other.gain - one.gain);
      if (best === undefined) return undefined;
      choose(axis, best.id);
    }
    return { ids, gain };
  }

  /** Returns whether a level goes with those that were chosen before. */
  private goes(id: number, chosen: ReadonlySet<number>): boolean {
    const conflicts = this.conflicts.get(id) ?? [];
    return !conflicts.some(conflict => conflict.every(other => other === id || chosen.has(other)));
  }

  private gain(id: number, chosen: ReadonlySet<number>): number {
    let count = 0;
    for (const other of chosen)
      count += this.open[Math.min(id, other) * this.size + Math.max(id, other)] ?? 0;
    return count;
  }

  /** Yields every pair of levels of two axes, the lower one first. */
  private *everyPair(): Generator<readonly [number, number]> {
    for (const axis of this.levels.keys())
      for (const first of this.idsOf(axis))
        for (
          let second = (this.offsets[axis] ?? 0) + (this.levels[axis] ?? 0);
          second < this.size;
          second += 1
        )
          yield [first, second];
  }

  private idsOf(axis: number): number[] {
    return Array.from({ length: this.levels[axis] ?? 0 }, (_, level) => this.id({ axis, level }));
  }

  private id({ axis, level }: Choice): number {
    return (this.offsets[axis] ?? 0) + level;
  }

  private axisOf(id: number): number {
    return this.offsets.findLastIndex(offset => offset <= id);
  }
}

/** Returns a copy of `items` in an order that `next` decides. */
function shuffled<T>(items: readonly T[], next: () => number): T[] {
  const keyed = items.map(item => ({ item, key: next() }));
  return keyed.sort((one, other) => one.key - other.key).map(({ item }) => item);
}
