// The judge of the fault suite: a history broken by hand in each way must fail it, with a sentence that says how.
import { expect, test } from 'vitest';
import type { Hold } from '../../scripts/client/contest.ts';
import type { Call, History, MemberState, StoredKey } from '../../scripts/judge/history.ts';
import { judge, judgeCalls } from '../../scripts/judge/judge.ts';

interface Recorded extends History {
  calls: Call[];
  holds: Hold[];
  states: MemberState[];
}

const members = ['etcd-0', 'etcd-1', 'etcd-2'];
const UNIQUE = 'workload/unique/';
const COUNTER = 'workload/counter/a';
const LEASED = 'workload/leased/1';

const said = (revision: number, cluster = 'c1', member = 'm0') => ({
  answered: { cluster, member, revision: String(revision) },
});
const at = (start: number, endpoint = 'etcd-0') => ({
  endpoint,
  start,
  end: start + 5,
  outcome: 'ok' as const,
});

function put(name: string, start: number, revision: number, cluster = 'c1'): Call {
  return { kind: 'put', key: UNIQUE + name, ...at(start), ...said(revision, cluster) };
}
function increment(to: number, start: number, revision: number): Call {
  return { kind: 'increment', counter: COUNTER, to, ...at(start), ...said(revision) };
}
function read(key: string, seen: number | undefined, start: number, revision: number): Call {
  const found = seen === undefined ? {} : { seen: String(seen) };
  return { kind: 'read', linearizable: true, key, ...found, ...at(start, 'etcd-1'), ...said(revision) };
}
function localRead(start: number, revision: number, member = 'm2'): Call {
  const answer = { ...at(start, 'etcd-2'), ...said(revision, 'c1', member) };
  return { kind: 'read', linearizable: false, key: `${UNIQUE}a`, ...answer };
}
function leased(expected: 'there' | 'gone', there: boolean, start: number, revision: number): Call {
  return { kind: 'leased', key: LEASED, cluster: 'c1', expected, there, ...at(start), ...said(revision) };
}
const hold = (contender: string, token: number, acquired: number): Hold => ({
  contender,
  token: String(token),
  waited: 1,
  acquired,
  stopped: acquired + 20,
  writes: 1,
  unanswered: 0,
  refusedWhileHeld: 0,
  refusedAfterwards: true,
  hung: false,
});
const stored = (key: string, revision: number, value = key): StoredKey => ({
  key,
  value,
  revision: String(revision),
});

/** What happened in a quiet minute: three writes, two increments, reads, a lease, two watchers and two holders. */
function good(): Recorded {
  const keys = [
    stored(`${UNIQUE}a`, 2),
    stored(`${UNIQUE}b`, 4),
    stored('workload/lock-guarded/7/0', 8),
    stored(COUNTER, 10, '2'),
    stored('workload/lock-guarded/11/0', 12),
    stored(`${UNIQUE}c`, 13),
  ];
  const events: [string, string][] = [
    ['2', `${UNIQUE}a`],
    ['4', `${UNIQUE}b`],
    ['13', `${UNIQUE}c`],
  ];
  return {
    calls: [
      put('a', 0, 2),
      increment(1, 10, 3),
      put('b', 20, 4),
      localRead(25, 3),
      read(`${UNIQUE}b`, 4, 30, 4),
      leased('there', true, 40, 6),
      localRead(45, 6),
      leased('gone', false, 60, 9),
      increment(2, 70, 10),
      read(COUNTER, 10, 80, 10),
      put('c', 100, 13),
    ],
    holds: [hold('Ada', 7, 50), hold('Ben', 11, 80)],
    watchers: [
      { prefix: UNIQUE, streams: [{ endpoint: 'etcd-0', start: 0, cluster: 'c1', from: '2', events }] },
      {
        prefix: UNIQUE,
        streams: [
          { endpoint: 'etcd-1', start: 0, cluster: 'c1', from: '2', events: events.slice(0, 1) },
          { endpoint: 'etcd-2', start: 15, from: '3', events: [] },
          { endpoint: 'etcd-0', start: 25, cluster: 'c1', from: '3', events: events.slice(1) },
        ],
      },
    ],
    declarations: [],
    states: members.map((endpoint, n) => ({
      endpoint,
      clusterId: 'c1',
      memberId: `m${n}`,
      revision: '13',
      compacted: '0',
      hash: 'h',
      keys,
    })),
  };
}

const judged = ({ states, ...history }: Recorded): string[] => judge(history, states);

/** A copy in which one call is another one, or there are two. */
function replacing(index: number, ...calls: Call[]): Recorded {
  const history = good();
  history.calls.splice(index, 1, ...calls);
  return history;
}
const adding = (...calls: Call[]): Recorded => {
  const history = good();
  history.calls.push(...calls);
  return history;
};
function onMember(ordinal: number, change: Partial<MemberState>): Recorded {
  const history = good();
  history.states = history.states.map((state, n) => (n === ordinal ? { ...state, ...change } : state));
  return history;
}
function onAll(change: (keys: readonly StoredKey[]) => StoredKey[]): Recorded {
  const history = good();
  history.states = history.states.map(state => ({ ...state, keys: change(state.keys) }));
  return history;
}
function watched(...streams: [from: string, events: [string, string][], compacted?: string][]): Recorded {
  return {
    ...good(),
    watchers: [
      {
        prefix: UNIQUE,
        streams: streams.map(([from, events, compacted]) => ({
          endpoint: 'etcd-0',
          start: 0,
          cluster: 'c1',
          from,
          events,
          ...(compacted === undefined ? {} : { compacted }),
        })),
      },
    ],
  };
}
const a: [string, string] = ['2', `${UNIQUE}a`];
const b: [string, string] = ['4', `${UNIQUE}b`];
const c: [string, string] = ['13', `${UNIQUE}c`];
const without = (key: string) => (keys: readonly StoredKey[]) => keys.filter(one => one.key !== key);

test('a history in order has no faults', () => {
  expect(judged(good())).toEqual([]);
});

test('calls that failed or that nobody answered are no faults, whether they were made or not', () => {
  const lost = { endpoint: 'etcd-2', start: 110, end: 120, outcome: 'unknown' } as const;
  const refused = {
    endpoint: 'etcd-2',
    start: 110,
    end: 120,
    outcome: 'failed',
    problem: 'refused',
  } as const;
  const history = onAll(keys => [
    ...keys.map(one => (one.key === COUNTER ? { ...one, value: '3' } : one)),
    stored(`${UNIQUE}d`, 14),
  ]);
  history.calls.push(
    { kind: 'put', key: `${UNIQUE}d`, ...lost },
    { kind: 'put', key: `${UNIQUE}e`, ...lost },
    { kind: 'put', key: `${UNIQUE}f`, ...refused },
    { kind: 'increment', counter: COUNTER, to: 3, ...lost },
    { kind: 'increment', counter: COUNTER, to: 3, ...lost },
    { kind: 'increment', counter: COUNTER, to: 3, ...refused },
    { kind: 'read', linearizable: true, key: `${UNIQUE}a`, ...lost },
    { kind: 'leased', key: LEASED, cluster: 'c1', expected: 'there', there: false, ...lost },
    { kind: 'other', path: '/v3/kv/txn', ...lost },
  );
  expect(judged(history)).toEqual([]);
});

test('a member that was away and lags behind what it had read before is no fault', () => {
  const away: Call = { ...localRead(110, 0), outcome: 'failed' };
  delete away.answered;
  expect(judged(adding(localRead(105, 13), away, localRead(120, 12)))).toEqual([]);
});

function withoutCalls(kind: Call['kind']): Recorded {
  const history = good();
  return { ...history, calls: history.calls.filter(call => call.kind !== kind) };
}

const broken: [string, Recorded, RegExp][] = [
  [
    'a lost write',
    onMember(1, { keys: without(`${UNIQUE}b`)(good().states[0]?.keys ?? []) }),
    /unique\/b, acknowledged at revision 4 by etcd-0: etcd-1 does not have it/,
  ],
  [
    'a write at another revision',
    onMember(2, {
      keys: (good().states[0]?.keys ?? []).map(k => (k.revision === '4' ? { ...k, revision: '5' } : k)),
    }),
    /unique\/b, acknowledged at revision 4 .*: etcd-2 has it at 5/,
  ],
  [
    'a refused write that was made',
    replacing(10, {
      ...put('c', 100, 13),
      outcome: 'failed',
      problem: 'connection refused',
    }),
    /unique\/c was refused \(connection refused\), yet etcd-0 has it/,
  ],
  [
    'a counter that lost an increment',
    onAll(keys => keys.map(k => (k.key === COUNTER ? { ...k, value: '1' } : k))),
    /counter\/a is 1 on etcd-0 after 2 acknowledged increments and 0 unanswered/,
  ],
  [
    'a counter that counted too far',
    onAll(keys => keys.map(k => (k.key === COUNTER ? { ...k, value: '3' } : k))),
    /counter\/a is 3 on etcd-0 after 2 acknowledged increments/,
  ],
  [
    'one step of a counter taken twice',
    replacing(8, increment(1, 70, 10)),
    /two increments of workload\/counter\/a to 1 were acknowledged/,
  ],
  [
    'a revision that goes back',
    adding({ kind: 'other', path: '/v3/kv/txn', ...at(120), ...said(9) }),
    /other through etcd-0 at revision 9 began after put through etcd-0 at revision 13 had ended/,
  ],
  [
    'a linearizable read with an old revision',
    adding(read(`${UNIQUE}c`, 13, 120, 12)),
    /read through etcd-1 at revision 12 began after put .* at revision 13 had ended/,
  ],
  [
    'a write that makes nothing new',
    replacing(8, increment(2, 70, 10), { kind: 'put', key: `${UNIQUE}z`, ...at(90), ...said(10) }),
    /put through etcd-0 at revision 10 is no newer than increment/,
  ],
  [
    'two writes with one revision',
    replacing(8, increment(2, 70, 10), { kind: 'put', key: `${UNIQUE}z`, ...at(72), ...said(10) }),
    /share one revision/,
  ],
  [
    "a member's own reads that go back",
    adding(localRead(105, 13), localRead(115, 12)),
    /etcd-2 answered from its disk at revision 13, then at 12/,
  ],
  [
    'a read that misses a write',
    replacing(4, read(`${UNIQUE}b`, undefined, 30, 4)),
    /linearizable read of workload\/unique\/b through etcd-1 did not find it, after it was written at 4/,
  ],
  [
    'a read of an old value',
    replacing(9, read(COUNTER, 3, 80, 10)),
    /linearizable read of workload\/counter\/a through etcd-1 saw it at revision 3, after it was written at 10/,
  ],
  [
    'a key that went before its lease',
    replacing(5, leased('there', false, 40, 6)),
    /leased\/1 is gone although its lease was kept alive/,
  ],
  [
    'a key that outlived its lease',
    replacing(7, leased('gone', true, 60, 9)),
    /leased\/1 is still there after its lease was revoked/,
  ],
  ['an event that never came', watched(['2', [a, c]]), /watcher 1 missed workload\/unique\/b at revision 4/],
  ['an event between two streams', watched(['2', [a]], ['5', [c]]), /watcher 1 missed workload\/unique\/b/],
  ['an event that came too late to be seen', watched(['2', [a, b]]), /missed workload\/unique\/c/],
  [
    'an event twice',
    watched(['2', [a, b]], ['4', [b, c]]),
    /saw workload\/unique\/b at revision 4 a second time/,
  ],
  [
    'events out of order',
    watched(['2', [b, a, c]]),
    /saw workload\/unique\/a at revision 2 after a later one/,
  ],
  [
    'a compaction nobody asked for',
    watched(['2', [a], '4'], ['4', [b, c]]),
    /cancelled by etcd-0 for a compaction at 4/,
  ],
  ['members that differ', onMember(2, { hash: 'x' }), /hash is h on etcd-0 and x on etcd-2/],
  ['members of two clusters', onMember(1, { clusterId: 'c2' }), /clusterId is c1 on etcd-0 and c2 on etcd-1/],
  ['one member twice', onMember(1, { memberId: 'm0' }), /two endpoints lead to one member/],
  ['no member', { ...good(), states: [] }, /no member told its state/],
  [
    'two holders at a time',
    { ...good(), holds: [hold('Ada', 7, 50), hold('Ben', 11, 60)] },
    /Ben got the lock while Ada with token 7 was still at work/,
  ],
  [
    'a token that does not rise',
    { ...good(), holds: [hold('Ada', 11, 50), hold('Ben', 7, 80)] },
    /after Ada with token 11 came Ben with token 7/,
  ],
  [
    'a guarded write with an old token',
    onAll(keys => [...keys, stored('workload/lock-guarded/7/late', 14)]),
    /carries token 7 after one with 11/,
  ],
  [
    'a guarded write that was lost',
    onAll(without('workload/lock-guarded/11/0')),
    /Ben with token 11 had 1 writes acknowledged \(0 unanswered\), etcd has 0/,
  ],
  ['a history without increments', withoutCalls('increment'), /the history has no acknowledged increment/],
  ['a history without leases', withoutCalls('leased'), /the history has no key on a lease/],
  ['a watcher without events', watched(['2', []]), /the history has no watcher that saw an event/],
  ['a lock that nobody got', { ...good(), holds: [] }, /the history has no holder of the lock/],
  [
    'an answer of another cluster',
    adding(put('d', 120, 14, 'c2')),
    /cluster ID changed, and nobody had asked for it: c1, then c2/,
  ],
];
test.each(broken)('%s is a fault', (_, history, words) => {
  const faults = judged(history);
  expect(faults.length).toBeGreaterThan(0);
  expect(faults.join('\n')).toMatch(words);
});

/** A restore from a member that had everything up to revision 4: the cluster is another, its revisions are far up. */
function restored(keeps?: string): Recorded {
  const history = good();
  const keys = [
    ...(history.states[0]?.keys ?? []).filter(({ revision }) => Number(revision) <= 4),
    stored(COUNTER, 3, '1'),
    stored(`${UNIQUE}d`, 1001),
    stored('workload/lock-guarded/1002/0', 1003),
  ];
  const events: [string, string][] = [['1001', `${UNIQUE}d`]];
  return {
    ...history,
    calls: [...history.calls, put('d', 300, 1001, 'c2')],
    holds: [...history.holds, hold('Ada', 1002, 310)],
    watchers: history.watchers.map(({ prefix, streams }) => ({
      prefix,
      streams: [
        ...streams,
        { endpoint: 'etcd-0', start: 290, cluster: 'c2', from: '14', events: [], compacted: '1000' },
        { endpoint: 'etcd-0', start: 291, cluster: 'c2', from: '1000', events: [...events] },
      ],
    })),
    declarations: [{ kind: 'restore', at: 200, ...(keeps === undefined ? {} : { keeps }) }],
    states: history.states.map(state => ({ ...state, clusterId: 'c2', revision: '1003', keys })),
  };
}

test('a declared restore may change the cluster and lose what its source never had', () => {
  expect(judged(restored('4'))).toEqual([]);
});
test('a declared restore may not lose what its source had', () => {
  expect(judged(restored()).join('\n')).toMatch(/unique\/c, acknowledged at revision 13 .* does not have it/);
});
test('the former cluster may not answer after a restore', () => {
  const history = restored('4');
  history.calls.push(put('e', 400, 14));
  expect(judged(history).join('\n')).toMatch(/answered by cluster c1 after cluster c2/);
});
test('a restore may not set the revision back', () => {
  const history = restored('4');
  history.calls.push(put('e', 400, 1000, 'c2'), put('f', 410, 12, 'c2'));
  expect(judged(history).join('\n')).toMatch(/put through etcd-0 at revision 12 began after/);
});
test('a watcher may not miss what was written after a restore', () => {
  const history = restored('4');
  history.watchers[0]?.streams.at(-1)?.events.splice(0);
  expect(judged(history)).toEqual(['watcher 1 missed workload/unique/d at revision 1001']);
});

/** A loss of everything: a new cluster that begins at the beginning. */
function lost(): Recorded {
  const history = good();
  const events: [string, string][] = [['2', `${UNIQUE}d`]];
  return {
    ...history,
    calls: [...history.calls, put('d', 300, 2, 'c2')],
    watchers: history.watchers.map(({ prefix, streams }) => ({
      prefix,
      streams: [
        ...streams,
        { endpoint: 'etcd-2', start: 280, cluster: 'c2', from: '14', events: [] },
        { endpoint: 'etcd-0', start: 290, cluster: 'c2', from: '1', events },
      ],
    })),
    declarations: [{ kind: 'loss', at: 200 }],
    states: history.states.map(state => ({
      ...state,
      clusterId: 'c2',
      revision: '2',
      keys: [stored(`${UNIQUE}d`, 2)],
    })),
  };
}

test('a declared loss of everything is followed by a cluster of its own', () => {
  expect(judged(lost())).toEqual([]);
});
test('what the new cluster acknowledged may not be lost', () => {
  const history = lost();
  history.states = history.states.map(state => ({ ...state, keys: [] }));
  expect(judged(history).join('\n')).toMatch(/unique\/d, acknowledged at revision 2 .* does not have it/);
});

test('where no quorum is left the calls alone are judged', () => {
  const history = good();
  expect(judgeCalls(history)).toEqual([]);
  history.calls.push(put('d', 300, 14, 'c2'));
  expect(judgeCalls(history)).toEqual([expect.stringMatching(/the cluster ID changed.*c1, then c2/)]);
  history.calls.push(put('e', 400, 12));
  expect(judgeCalls(history).join('\n')).toMatch(/answered by cluster c1 after cluster c2/);
});

test('the faults of one kind are counted, not all told', () => {
  const history = good();
  for (let n = 0; n < 20; n += 1) history.calls.push(put(`x${n}`, 200 + n * 10, 20 + n));
  history.states = history.states.slice(0, 1);
  const faults = judged(history);
  expect(faults).toHaveLength(6);
  expect(faults.at(-1)).toBe('… and 15 more of this kind');
});
