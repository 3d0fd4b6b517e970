import type { EtcdSet } from '../set.ts';

const most = 9;

/** Watches that no generation begins while a volume holds the data of an older one. */
export class Generations {
  readonly #set: EtcdSet;
  #known: string | undefined;
  /** What was seen that must never be. */
  violation: string | undefined;

  constructor(set: EtcdSet) {
    this.#set = set;
    set.api.store.onChange(({ type, plural, object }) => {
      const generation = object.data?.generation;
      if (plural === 'configmaps' && type !== 'DELETED' && generation !== undefined) this.#see(generation);
    });
  }

  #see(generation: string): void {
    if (this.#known !== undefined && this.#known !== generation) {
      const holders = this.holders();
      if (holders.length > 0) {
        this.violation ??= `generation ${generation} began while etcd-${holders.join(', etcd-')} held data of ${this.#known}`;
      }
      this.#set.forgetWrites();
    }
    this.#known = generation;
  }

  /** Returns the ordinals whose volumes hold data. */
  holders(): number[] {
    return Array.from({ length: most }, (_, ordinal) => ordinal).filter(ordinal =>
      this.#set.holdsData(ordinal),
    );
  }
}
