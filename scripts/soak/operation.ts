import fc from 'fast-check';

/** One thing that breaks or changes a set of members, on loopback or on a cluster. */
export type Operation =
  | { kind: 'delete pods'; ordinals: number[]; force: boolean }
  | { kind: 'kill etcd'; ordinals: number[] }
  | { kind: 'lose volumes'; ordinals: number[] }
  | { kind: 'scale'; replicas: number }
  | { kind: 'restart one after another' }
  | { kind: 'upgrade etcd one after another' }
  | { kind: 'freeze'; ordinal: number; milliseconds: number }
  | { kind: 'stop the API server'; milliseconds: number }
  | { kind: 'delete the record' }
  | { kind: 'kill a script'; ordinal: number; step: number }
  | { kind: 'wait for the voters' };

export type Kind = Operation['kind'];

/** An operation, and the milliseconds until the next one begins, whether this one has come to its end or not. */
export interface Event {
  operation: Operation;
  pause: number;
}

export interface HistoryLimits {
  /** The most replicas that `scale` asks for. */
  replicas: number;
  /** The most milliseconds between two operations. */
  pause: number;
  /** The kinds that are drawn, each with its weight. */
  kinds: Partial<Record<Kind, number>>;
}

/** Returns what draws sequences of `least` to `most` events within the limits. */
export function histories(limits: HistoryLimits, least: number, most: number): fc.Arbitrary<Event[]> {
  const event = fc.record({ operation: operations(limits), pause: fc.nat(limits.pause) });
  return fc.array(event, { minLength: least, maxLength: most });
}

function operations({ replicas, kinds }: HistoryLimits): fc.Arbitrary<Operation> {
  const ordinal = fc.nat(replicas - 1);
  const ordinals = fc.uniqueArray(ordinal, { minLength: 1, maxLength: replicas });
  const milliseconds = fc.integer({ min: 200, max: 6_000 });
  const arbitraries: { [K in Kind]: fc.Arbitrary<Extract<Operation, { kind: K }>> } = {
    'delete pods': fc.record({ kind: fc.constant('delete pods'), ordinals, force: fc.boolean() }),
    'kill etcd': fc.record({ kind: fc.constant('kill etcd'), ordinals }),
    'lose volumes': fc.record({
      kind: fc.constant('lose volumes'),
      // One is what has to heal; a majority at once is rare.
      ordinals: fc.oneof(
        { weight: 6, arbitrary: ordinal.map(one => [one]) },
        { weight: 1, arbitrary: ordinals },
      ),
    }),
    scale: fc.record({ kind: fc.constant('scale'), replicas: fc.nat(replicas) }),
    'restart one after another': fc.record({ kind: fc.constant('restart one after another') }),
    'upgrade etcd one after another': fc.record({ kind: fc.constant('upgrade etcd one after another') }),
    freeze: fc.record({ kind: fc.constant('freeze'), ordinal, milliseconds }),
    'stop the API server': fc.record({ kind: fc.constant('stop the API server'), milliseconds }),
    'delete the record': fc.record({ kind: fc.constant('delete the record') }),
    'kill a script': fc.record({
      kind: fc.constant('kill a script'),
      ordinal,
      step: fc.integer({ min: 1, max: 14 }),
    }),
    'wait for the voters': fc.record({ kind: fc.constant('wait for the voters') }),
  };
  const drawn = (Object.keys(arbitraries) as Kind[]).flatMap(kind => {
    const weight = kinds[kind] ?? 0;
    return weight > 0 ? [{ weight, arbitrary: arbitraries[kind] as fc.Arbitrary<Operation> }] : [];
  });
  return fc.oneof(...drawn);
}

/** Returns an operation as a person reads it. */
export function textOf({ kind, ...details }: Operation): string {
  const values = Object.entries(details).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return [kind, ...values].join(', ');
}
