// The judge of the lock tests: it must see each way in which a lock can be broken.
import { expect, test } from 'vitest';
import type { GuardedWrite, Hold } from '../../scripts/client/contest.ts';
import { contestFaults } from '../../scripts/client/faults.ts';

const hold = (contender: string, token: number, from: number, changes: Partial<Hold> = {}): Hold => ({
  contender,
  token: String(token),
  waited: 10,
  acquired: from,
  stopped: from + 90,
  writes: 1,
  unanswered: 0,
  refusedWhileHeld: 0,
  refusedAfterwards: true,
  hung: false,
  ...changes,
});
const write = (token: number, revision: number, name = '0'): GuardedWrite => ({
  token: String(token),
  name,
  revision: String(revision),
});

test('a contest in order has no faults', () => {
  const holds = [hold('Ada', 10, 0, { unanswered: 1 }), hold('Ben', 13, 100)];
  expect(contestFaults(holds, [write(10, 11), write(10, 12, '1'), write(13, 14)])).toEqual([]);
});

const good = [write(10, 11), write(13, 14)];
const broken: [string, Hold[], GuardedWrite[], RegExp][] = [
  ['a token that does not rise', [hold('Ada', 13, 0), hold('Ben', 10, 100)], good, /Ben .* is not higher/],
  ['two holders at a time', [hold('Ada', 10, 0), hold('Ben', 13, 50)], good, /Ben got the lock while Ada/],
  [
    'a holder that never stopped',
    [{ ...hold('Ada', 10, 0), stopped: Number.POSITIVE_INFINITY }, hold('Ben', 13, 100)],
    good,
    /Ben got the lock while Ada/,
  ],
  [
    'a refusal to the holder',
    [hold('Ada', 10, 0, { refusedWhileHeld: 2 }), hold('Ben', 13, 100)],
    good,
    /Ada .* refused 2 writes/,
  ],
  [
    'a former holder that writes',
    [hold('Ada', 10, 0, { refusedAfterwards: false }), hold('Ben', 13, 100)],
    good,
    /Ada .* could write after/,
  ],
  ['a lost write', [hold('Ada', 10, 0), hold('Ben', 13, 100)], [write(13, 14)], /Ada .* etcd has 0/],
  [
    'an old token after a newer one',
    [hold('Ada', 10, 0), hold('Ben', 13, 100)],
    [write(10, 11), write(13, 14), write(10, 15, 'late')],
    /token 10 after one with 13/,
  ],
];
test.each(broken)('%s is a fault', (_, holds, writes, words) => {
  const faults = contestFaults(holds, writes);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(words);
});
