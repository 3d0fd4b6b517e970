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
  /** For each level the one of another axis without which it does nothing; -1 when there is none. */
  private readonly wakes: Int32Array;
  private readonly conflicts = new Map<number, (readonly number[])[]>();
  private readonly next: () => number;
  private refusedPairs = 0;

  /**
   * `levels` are the numbers of levels of the axes; the same `seed` gives the same rows. An axis in `switches` does
   * nothing but by its level 0 in a row without that choice: its pairs with others are not seen there.
   */
  constructor(levels: readonly number[], seed = 1, switches: ReadonlyMap<number, Choice> = new Map()) {
    this.levels = levels;
    let size = 0;
    for (const count of levels) {
      this.offsets.push(size);
      size += count;
    }
    this.size = size;
    this.open = new Uint8Array(size * size);
    this.wakes = new Int32Array(size).fill(-1);
    for (const [axis, choice] of switches)
      for (const id of this.idsOf(axis).slice(1)) this.wakes[id] = this.id(choice);
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
    const chosen = new Set(ids);
    for (const first of ids)
      for (const second of ids)
        if (this.shows(first, second, chosen) && this.shows(second, first, chosen))
          this.open[first * this.size + second] = 0;
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
    for (const id of [...pair, ...this.wakesOf(pair)]) {
      const axis = this.axisOf(id);
      if (ids[axis] === id) continue;
      if (ids[axis] !== -1 || !this.goes(id, chosen)) return undefined;
      choose(axis, id);
    }
    const rest = this.levels.map((_, axis) => axis).filter(axis => ids[axis] === -1);
    const switches = new Set([...this.wakes].filter(id => id >= 0).map(id => this.axisOf(id)));
    const inOrder = shuffled(rest, this.next).sort(
      (one, other) => Number(switches.has(other)) - Number(switches.has(one)),
    );
    for (const axis of inOrder) {
      const options = shuffled(this.idsOf(axis), this.next).filter(id => this.goes(id, chosen));
      const [best] = options
        .map(id => ({ id, gain: this.gain(id, chosen) }))
        .sort((one, other) => other.gain - one.gain);
      if (best === undefined) return undefined;
      choose(axis, best.id);
    }
    return { ids, gain };
  }

  /** Returns the levels without which a pair shows nothing, but for a switch that is in the pair itself. */
  private wakesOf(pair: readonly number[]): number[] {
    const axes = pair.map(id => this.axisOf(id));
    return pair.flatMap(id => {
      const wake = this.wakes[id] ?? -1;
      return wake < 0 || axes.includes(this.axisOf(wake)) ? [] : [wake];
    });
  }

  private sleeps(id: number, chosen: ReadonlySet<number>): boolean {
    const wake = this.wakes[id] ?? -1;
    return wake >= 0 && !chosen.has(wake);
  }

  /** Returns whether `id` does something beside `other`: a setting that sleeps is seen with its switch alone. */
  private shows(id: number, other: number, chosen: ReadonlySet<number>): boolean {
    return !this.sleeps(id, chosen) || this.axisOf(other) === this.axisOf(this.wakes[id] ?? -1);
  }

  /** Returns whether a level goes with those that were chosen before. */
  private goes(id: number, chosen: ReadonlySet<number>): boolean {
    const conflicts = this.conflicts.get(id) ?? [];
    return !conflicts.some(conflict => conflict.every(other => other === id || chosen.has(other)));
  }

  private gain(id: number, chosen: ReadonlySet<number>): number {
    let count = 0;
    if (this.sleeps(id, chosen)) return count;
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
