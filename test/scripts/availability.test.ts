import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Contender } from '../../scripts/bench/availability/contender.ts';
import { drawCurve } from '../../scripts/bench/availability/page/curve-drawing.ts';
import { drawDots } from '../../scripts/bench/availability/page/dots-drawing.ts';
import { escapeText, ticks } from '../../scripts/bench/availability/page/markup.ts';
import { page } from '../../scripts/bench/availability/page/page.ts';
import { drawTimeline } from '../../scripts/bench/availability/page/timeline-drawing.ts';
import { type Figure, median, type Outcome, verdictsOf } from '../../scripts/bench/availability/result.ts';
import { readOutcomes, writeOutcome } from '../../scripts/bench/availability/results.ts';
import { runScenario } from '../../scripts/bench/availability/run.ts';
import type { Scenario } from '../../scripts/bench/availability/scenario.ts';
import { lastWords } from '../../scripts/bench/availability/scenarios/refusal.ts';
import { scenarios } from '../../scripts/bench/availability/scenarios/scenarios.ts';
import {
  cannotIn,
  markdownTable,
  missedIn,
  tableOf,
  terminalTable,
} from '../../scripts/bench/availability/table.ts';
import {
  buckets,
  downAtOnce,
  failedCalls,
  longestGap,
  type MemberSpan,
  retriedCalls,
  statesOf,
  stoodStill,
  type Timeline,
  timelineOf,
  withoutStaleNames,
  writesAgain,
} from '../../scripts/bench/availability/timeline.ts';
import { type ProbeCall, Prober, type ProberReport } from '../../scripts/client/prober.ts';
import { answeringMember, putRequest, roleOf } from '../../scripts/client/prober-messages.ts';
import type { Cluster } from '../../scripts/cluster/cluster.ts';

/** Acknowledged at once, at these times. */
const at = (...times: number[]): ProbeCall[] => times.map(time => [time, time, 'first']);

describe('gaps', () => {
  test('the longest gap ends after the fault; what came before it does not count', () => {
    expect(longestGap(at(0, 500, 510, 560, 570), 505, 580)).toEqual({ from: 510, to: 560 });
  });

  test('a gap that began before the fault counts from its beginning', () => {
    expect(longestGap(at(0, 90, 200, 210), 100, 215)).toEqual({ from: 90, to: 200 });
  });

  test('silence until the end is a gap, and failed calls end none', () => {
    const calls: ProbeCall[] = [...at(0, 10), [20, 300, 'failed']];
    expect(longestGap(calls, 5, 400)).toEqual({ from: 10, to: 400 });
    expect(longestGap([], 5, 400)).toEqual({ from: 5, to: 400 });
  });

  test('answers count by when they came, in whatever order the calls began', () => {
    const calls: ProbeCall[] = [
      [30, 35, 'first'],
      [10, 90, 'second'],
      [20, 40, 'first'],
    ];
    expect(longestGap(calls, 30, 95)).toEqual({ from: 40, to: 90 });
  });

  test('what the prober slept of a gap is known', () => {
    const stalls = [
      [0, 30],
      [50, 60],
      [80, 200],
      [300, 310],
    ] as const;
    expect(stoodStill(stalls, { from: 20, to: 90 })).toBe(10 + 10 + 10);
    expect(stoodStill([], { from: 20, to: 90 })).toBe(0);
  });

  test('writes go through again at the end of the last long pause', () => {
    expect(writesAgain(at(0, 500, 510, 900, 910), 5, 920)).toBe(895);
    expect(writesAgain(at(0, 100, 200), 5, 210)).toBe(0);
    expect(writesAgain(at(0), 5, 1000)).toBe(995);
  });

  test('calls due before the fault are not its failures', () => {
    const calls: ProbeCall[] = [
      [10, 30, 'failed'],
      [30, 40, 'failed'],
      [40, 50, 'second'],
      [50, 60, 'first'],
    ];
    expect(failedCalls(calls, 20)).toBe(1);
    expect(retriedCalls(calls, 20)).toBe(1);
    expect(retriedCalls(calls, 45)).toBe(0);
  });
});

describe('members', () => {
  test('nothing is said of a member before its first answer', () => {
    expect(
      statesOf(
        [
          [0, 'silent'],
          [10, 'learns'],
          [20, 'follows'],
        ],
        50,
      ),
    ).toEqual([
      { from: 10, to: 20, state: 'learns' },
      { from: 20, to: 50, state: 'follows' },
    ]);
    expect(statesOf([[0, 'silent']], 50)).toEqual([]);
  });

  const silent = (from: number, to: number): MemberSpan => ({ from, to, state: 'silent' });

  test('members are down at once only where their silences overlap', () => {
    expect(downAtOnce([[silent(0, 10)], [silent(10, 20)], []])).toBe(1);
    expect(downAtOnce([[silent(0, 11)], [silent(10, 20)], []])).toBe(2);
    expect(downAtOnce([[silent(-20, -10)], [silent(-15, -5)]])).toBe(0);
  });

  test('a Ready pod is not down, though its name still leads to the old address', () => {
    const spans = withoutStaleNames([silent(0, 100), { from: 100, to: 200, state: 'follows' }], [60, 150]);
    expect(spans).toEqual([
      silent(0, 60),
      { from: 60, to: 100, state: 'stale' },
      { from: 100, to: 200, state: 'follows' },
    ]);
    expect(downAtOnce([spans, [silent(70, 90)]])).toBe(1);
  });
});

const report: ProberReport = {
  origin: 1_000_000,
  late: 3,
  stalls: [],
  lanes: [
    { name: 'members', calls: [...at(900, 990, 1300, 1310), [1000, 1320, 'failed']], errors: {} },
    { name: 'service', calls: at(990, 1000, 1010), errors: {} },
  ],
  members: [
    [
      [0, 'leads'],
      [1000, 'silent'],
      [1310, 'follows'],
    ],
    [[0, 'follows']],
  ],
};

test('a timeline counts from the fault, in buckets of 50 ms, with what Kubernetes did since', () => {
  const timeline = timelineOf(report, 1000, [
    { at: 1_000_500, ordinal: 0, kind: 'created' },
    { at: 1_001_250, ordinal: 0, kind: 'ready' },
  ]);
  expect(timeline).toMatchObject({ from: -1000, to: 320, bucket: 50 });
  const [members, service] = timeline.lanes;
  expect(members?.gap).toEqual({ from: -10, to: 300 });
  expect(members?.acknowledged).toHaveLength(27);
  expect(members?.acknowledged.slice(16)).toEqual([0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 2].slice(0, 11));
  expect(members?.failed.at(-1)).toBe(1);
  expect(service?.gap).toEqual({ from: 10, to: 320 });
  expect(timeline.marks).toEqual([{ at: 250, ordinal: 0, kind: 'ready' }]);
  expect(timeline.members[0]).toEqual([
    { from: -1000, to: 0, state: 'leads' },
    { from: 0, to: 250, state: 'silent' },
    { from: 250, to: 310, state: 'stale' },
    { from: 310, to: 320, state: 'follows' },
  ]);
});

test('what is outside of the buckets is not counted', () => {
  expect(buckets([-1, 0, 49, 50, 99, 100], { from: 0, to: 100 }, 50)).toEqual([2, 2]);
});

const figure: Figure = {
  key: 'gap',
  title: 'longest gap',
  unit: 'ms',
  targets: [
    { of: 'median', atMost: 150 },
    { of: 'worst', atMost: 2, times: 'plain' },
  ],
};
const scenario = { name: 'kill', title: 'Killed', text: 'A process ends.', figures: [figure] };
const chart = { name: 'chart', title: 'this chart', manages: true, set: 'etcd' };
const plain = { name: 'plain', title: 'plain set', manages: false, set: 'plain' };

const outcome = (contender: string, gaps: readonly number[], changes: Partial<Outcome> = {}): Outcome => ({
  scenario: 'kill',
  contender,
  measured: '2026-01-02T03:04:05.678Z',
  machine: {
    cores: 2,
    memory: 24,
    processor: 'Z80',
    kernel: 'Linux 6',
    kubernetes: '1.37.2',
    nodes: 4,
    etcd: '3.7.3',
  },
  trials: gaps.map(gap => ({ figures: { gap } })),
  ...changes,
});

describe('targets', () => {
  test('a median of an even number is the higher one in the middle', () => {
    expect(median([4, 1, 3, 2])).toBe(3);
    expect(median([])).toBeNaN();
  });

  test('a bound is a number, or so many times the median of another contender', () => {
    const mine = outcome('chart', [100, 200, 100]);
    expect(verdictsOf(figure, mine, [mine, outcome('plain', [80, 99, 120])])).toMatchObject([
      { limit: 150, value: 100, met: true },
      { limit: 198, value: 200, met: false },
    ]);
  });

  test('without a value there is no verdict', () => {
    const mine = outcome('chart', [100]);
    expect(verdictsOf(figure, undefined, [])).toEqual([]);
    expect(verdictsOf(figure, mine, [mine])).toHaveLength(1);
  });
});

describe('the table', () => {
  const outcomes = [
    outcome('chart', [100, 200, 160]),
    outcome('plain', [], { trials: [{ figures: {}, happened: 'it panics' }] }),
  ];
  const rows = tableOf([scenario], outcomes, [chart, plain]);

  test('has median and worst, what a contender cannot do, and missed targets with their figure', () => {
    expect(
      terminalTable(rows)
        .split('\n')
        .map(line => line.trim().split(/ {2,}/)),
    ).toEqual([
      ['this chart', 'plain set', 'target'],
      [''],
      ['Killed'],
      ['longest gap', '160 ms / 200 ms of 3', 'cannot', 'median ≤ 150 ms: missed (160 ms)'],
    ]);
    expect(missedIn(rows)).toEqual(['missed: Killed: longest gap: 160 ms, target median ≤ 150 ms']);
  });

  test('says what happens where a contender cannot', () => {
    expect(cannotIn([scenario], outcomes, [chart, plain])).toEqual(['plain set cannot: Killed: it panics']);
  });

  test('is as wide in Markdown in every line', () => {
    const widths = markdownTable(rows)
      .trim()
      .split('\n')
      .map(line => line.split('|').length);
    expect(new Set(widths)).toEqual(new Set([7]));
  });

  test('tells rounds that ended early', () => {
    const failing = tableOf([scenario], [outcome('chart', [100], { failure: 'no leader' })], [chart]);
    expect(failing[0]?.cells[0]?.text).toBe('100 ms (then failed)');
  });
});

test('outcomes of several runs are read together, the last of each kind', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'availability-'));
  try {
    expect(await readOutcomes(join(directory, 'none'))).toEqual([]);
    await writeOutcome(directory, outcome('chart', [1]));
    await writeOutcome(directory, outcome('plain', [2]));
    await writeOutcome(directory, outcome('chart', [3]));
    expect(await readOutcomes(directory)).toEqual([outcome('chart', [3]), outcome('plain', [2])]);
  } finally {
    await rm(directory, { recursive: true });
  }
});

describe('a run', () => {
  const party = { ...chart, member: () => '', service: () => '' } as unknown as Contender;
  const others = { ...plain, member: () => '', service: () => '' } as unknown as Contender;
  const order: string[] = [];
  const lines: string[] = [];

  /** A scenario of numbers; a contender's second round fails where it is `failing`. */
  const counting = (interleaved: boolean, failing = ''): Scenario => ({
    ...scenario,
    rounds: 2,
    interleaved,
    open: async (_, { name }) => {
      let n = 0;
      return {
        round: async () => {
          n += 1;
          order.push(`${name} ${n}`);
          if (name === failing && n === 2) throw new Error('no leader\nand its state');
          return { figures: { gap: n } };
        },
        close: async () => {
          order.push(`${name} closed`);
        },
      };
    },
  });
  const { machine } = outcome('chart', []);
  let directory = '';
  const options = () => ({
    cluster: {} as Cluster,
    contenders: [party, others],
    rounds: 2,
    directory,
    machine,
    former: [] as Outcome[],
    report: (line: string) => lines.push(line),
  });

  beforeEach(async () => {
    order.splice(0);
    lines.splice(0);
    directory = await mkdtemp(join(tmpdir(), 'availability-'));
  });
  afterEach(async () => rm(directory, { recursive: true }));

  test('measures one contender after the other, or in turns', async () => {
    expect(await runScenario({ ...options(), scenario: counting(false) })).toBe(0);
    expect(order).toEqual(['chart 1', 'chart 2', 'chart closed', 'plain 1', 'plain 2', 'plain closed']);
    order.splice(0);
    await runScenario({ ...options(), scenario: counting(true) });
    expect(order).toEqual(['chart 1', 'plain 1', 'chart 2', 'plain 2', 'chart closed', 'plain closed']);
    expect(lines[0]).toBe('kill/chart 1 of 2: gap 1 ms');
  });

  test('keeps the rounds before a failure, cleans up, and goes on with the other contender', async () => {
    expect(await runScenario({ ...options(), scenario: counting(false, 'chart') })).toBe(1);
    expect(order).toContain('chart closed');
    const [mine, theirs] = await readOutcomes(directory);
    expect(mine).toMatchObject({ trials: [{ figures: { gap: 1 } }], failure: 'no leader' });
    expect(theirs?.trials).toHaveLength(2);
    expect(lines.join()).toContain('and its state');
  });

  test('adds its rounds to those of a former run where it is told to', async () => {
    await runScenario({ ...options(), former: [outcome('chart', [70])], scenario: counting(false) });
    const gaps = (await readOutcomes(directory)).map(({ trials }) =>
      trials.map(({ figures }) => figures.gap),
    );
    expect(gaps).toEqual([
      [70, 1, 2],
      [1, 2],
    ]);
  });
});

const timeline: Timeline = timelineOf(report, 1000, [{ at: 1_001_250, ordinal: 0, kind: 'ready' }]);

/** The numbers of every attribute `name` in an SVG. */
const numbers = (svg: string, name: string): number[] =>
  [...svg.matchAll(new RegExp(`\\b${name}="(-?[\\d.]+)"`, 'g'))].map(([, value]) => Number(value));

describe('the drawings', () => {
  const svg = drawTimeline(timeline, 'Killed', ordinal => `etcd-${ordinal}`);
  const [, , width = 0, height = 0] = (/viewBox="([^"]+)"/.exec(svg)?.[1] ?? '').split(' ').map(Number);

  test('nothing is drawn outside of the picture', () => {
    expect(width).toBe(1000);
    for (const x of [...numbers(svg, 'x'), ...numbers(svg, 'x1')]) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(width);
    }
    const rects = [
      ...svg.matchAll(/<rect[^>]* x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g),
    ];
    expect(rects.length).toBeGreaterThan(6);
    for (const [, x, y, w, h] of rects) {
      expect(Number(x) + Number(w)).toBeLessThanOrEqual(width);
      expect(Number(y) + Number(h)).toBeLessThanOrEqual(height);
      expect(Number(w)).toBeGreaterThan(0);
    }
  });

  test('the gap is where the scale says, and members have their states', () => {
    // 1,320 ms on 872 px from 116 on.
    const gap = /<rect class="gap" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/.exec(svg);
    expect(Number(gap?.[1])).toBeCloseTo(116 + (990 / 1320) * 872, 0);
    expect(Number(gap?.[2])).toBeCloseTo((310 / 1320) * 872, 0);
    const states = [...svg.matchAll(/<rect class="(leads|follows|silent|stale)"/g)].map(([, state]) => state);
    expect(states).toEqual(['leads', 'silent', 'stale', 'follows', 'follows']);
    expect(svg).toContain('<title>etcd-0 Ready at 250 ms</title>');
  });

  test('dots of one figure share a scale that holds every value and the limit', () => {
    const dots = drawDots(
      figure,
      [
        { title: 'a', values: [10, 300] },
        { title: 'b', values: [] },
      ],
      [400],
    );
    const centres = numbers(dots, 'cx');
    expect(centres).toHaveLength(2);
    expect(Math.max(...centres)).toBeLessThan(1000);
    const limit = Number(/class="limit" x1="([\d.]+)"/.exec(dots)?.[1]);
    expect(limit).toBeGreaterThan(Math.max(...centres));
    expect(limit).toBeLessThan(1000);
  });

  test('a curve rises from left to right where the values do', () => {
    const curve = drawCurve(
      [
        { title: 'empty', values: [2, 1] },
        { title: '1 MB', values: [] },
        { title: '1 GB', values: [30] },
      ],
      's',
      'voter after',
    );
    const [left = 0, , right = 0] = numbers(curve, 'cx');
    const [low = 0, lower = 0, high = 0] = numbers(curve, 'cy');
    expect([left < right, right < 1000, high < low, low < lower, high > 0]).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(/points="([^"]+)"/.exec(curve)?.[1]?.split(' ')).toHaveLength(2);
  });

  test('ticks are round and within the scale', () => {
    expect(ticks(-1000, 320, 10)).toEqual([-1000, -800, -600, -400, -200, 0, 200]);
    expect(ticks(0, 0.33, 4)).toEqual([0, 0.1, 0.2, 0.3]);
  });
});

describe('the page', () => {
  const evil = '<script>alert("&\'")</script>';
  const html = page({
    scenarios: [{ ...scenario, title: evil, text: evil }],
    outcomes: [
      outcome('chart', [], { trials: [{ figures: { gap: 310 }, timeline }], failure: evil }),
      outcome('plain', [], { trials: [{ figures: {}, happened: evil }] }),
    ],
    contenders: [chart, { ...plain, title: evil }],
    absent: [evil],
  });

  test('loads nothing', () => {
    expect(html).not.toMatch(/\b(src|href|action|data|poster)\s*=/i);
    expect(html).not.toMatch(/https?:|@import|url\(|<(script|link|img|iframe|object|embed|base)\b/i);
    expect(html).not.toContain('xlink');
  });

  test('shows text as text, wherever it comes from', () => {
    expect(escapeText(evil)).toBe('&#60;script&#62;alert(&#34;&#38;&#39;&#34;)&#60;/script&#62;');
    expect(html.split(escapeText(evil)).length - 1).toBeGreaterThanOrEqual(8);
  });

  test('has one timeline for each contender that has one, and every tag is closed', () => {
    expect(html.match(/<svg class="timeline"/g)).toHaveLength(1);
    for (const tag of [
      'svg',
      'g',
      'table',
      'tr',
      'td',
      'th',
      'section',
      'figure',
      'title',
      'text',
      'p',
      'span',
    ]) {
      const opened = html.match(new RegExp(`<${tag}\\b[^>]*(?<!/)>`, 'g'))?.length ?? 0;
      const closed = html.match(new RegExp(`</${tag}>`, 'g'))?.length ?? 0;
      expect([tag, opened]).toEqual([tag, closed]);
    }
  });

  test('shows every round as a dot where there is more than one', () => {
    const dots = (trials: readonly number[]) =>
      page({
        scenarios: [scenario],
        outcomes: [outcome('chart', trials)],
        contenders: [chart],
        absent: [],
      }).match(/<circle/g)?.length;
    expect([dots([7]), dots([7, 9])]).toEqual([undefined, 2]);
  });

  test('has colours of its own for a dark screen', () => {
    expect(html).toContain('prefers-color-scheme: dark');
    const variables = (text: string) => [...text.matchAll(/--([a-z]+):/g)].map(([, name]) => name).sort();
    const [light = '', dark = ''] = html.split('prefers-color-scheme: dark');
    expect(variables(dark.slice(0, dark.indexOf('* {')))).toEqual(variables(light));
  });
});

test('scenarios have names that a file may bear, and none twice', () => {
  const names = scenarios.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter(name => !/^[a-z0-9-]+$/.test(name))).toEqual([]);
});

test('the last words of an etcd are its fatal line or its panic', () => {
  const fatal = '{"level":"fatal","msg":"discovery failed","error":"no plain-3"}';
  expect(lastWords(`{"level":"info","msg":"a"}\n${fatal}\n{"level":"info","msg":"b"}\n`)).toBe(
    'discovery failed: no plain-3',
  );
  expect(lastWords(`${fatal.replace('3', '4')}\n${fatal}\n`)).toContain('plain-3');
  expect(lastWords('x\npanic: tocommit(9) is out of range\n\ngoroutine 1\n')).toBe(
    'panic: tocommit(9) is out of range',
  );
  expect(lastWords('')).toBe('it logs nothing');
});

describe('the prober', () => {
  const bytes = (...parts: number[]): Buffer => Buffer.from(parts);
  const headerOf = (member: number): Buffer => bytes(0x0a, 2, 0x10, member);
  const servers: Http2Server[] = [];
  const PATIENCE = { timeout: 50_000, interval: 20 };

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  /** An etcd of two calls. Its puts end with the status `code`, 0 being good. */
  async function serve(member: number, code: number): Promise<string> {
    const server = createServer();
    servers.push(server);
    server.on('stream', (stream, headers) => {
      const put = headers[':path'] === '/etcdserverpb.KV/Put';
      const status = put ? code : 0;
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status) }));
      const answer = put ? headerOf(member) : Buffer.concat([headerOf(member), bytes(0x20, 7)]);
      stream.end(status === 0 ? Buffer.concat([bytes(0, 0, 0, 0, answer.length), answer]) : undefined);
      stream.resume();
    });
    await new Promise<void>(resume => server.listen(0, '127.0.0.1', resume));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test('reads who answered, and what a member is', () => {
    expect(answeringMember(headerOf(0x2a))).toBe('2a');
    expect(roleOf(Buffer.concat([headerOf(7), bytes(0x20, 7)]))).toBe('leads');
    expect(roleOf(Buffer.concat([headerOf(7), bytes(0x20, 8)]))).toBe('follows');
    expect(roleOf(Buffer.concat([headerOf(7), bytes(0x20, 8, 0x50, 1)]))).toBe('learns');
    expect(roleOf(headerOf(7))).toBe('follows');
    expect(() => roleOf(bytes(0x0a, 9, 1))).toThrow(RangeError);
    const value = Buffer.alloc(200, 'v');
    const request = putRequest('k', value);
    expect(request.subarray(0, 6)).toEqual(bytes(0x0a, 1, 0x6b, 0x12, 0xc8, 1));
    expect(request.subarray(6)).toEqual(value);
  });

  const outcomesOf = (prober: Prober) =>
    prober.report().lanes.map(({ calls }) => calls.map(([, , outcome]) => outcome));

  test('a write that a member refuses is acknowledged by another, as a second attempt', async () => {
    const good = await serve(7, 0);
    const bad = await serve(8, 14);
    const members = [bad, good];
    const prober = await Prober.start({ members, service: good, serviceMember: '7' });
    await vi.waitFor(() => {
      const [byMembers, byService] = outcomesOf(prober);
      expect(byMembers).toContain('first');
      expect(byMembers).toContain('second');
      expect(byService).toContain('first');
      const roles = prober.report().members.map(changes => changes.map(([, state]) => state));
      expect(roles[0]).toContain('follows');
      expect(roles[1]).toContain('leads');
    }, PATIENCE);
    const [byMembers, byService] = (await prober.stop()).lanes;
    expect(Object.keys(byMembers?.errors ?? {}).join()).toContain('status 14');
    expect(Object.keys(byService?.errors ?? {}).join()).not.toContain('status 14');
  });

  test('a write that is refused twice has failed', async () => {
    const bad = await serve(8, 14);
    const prober = await Prober.start({ members: [bad], service: bad });
    await vi.waitFor(() => {
      for (const outcomes of outcomesOf(prober)) expect(outcomes.length).toBeGreaterThan(3);
    }, PATIENCE);
    await prober.stop();
    expect(outcomesOf(prober).map(outcomes => [...new Set(outcomes)])).toEqual([['failed'], ['failed']]);
  });

  test('a Service that never leads to the wanted member is an error', async () => {
    const one = await serve(7, 0);
    await expect(
      Prober.start({ members: [one], service: one, serviceMember: '9', connectWithin: 300 }),
    ).rejects.toThrow(/connections .* in 0.3 s led to .*\b7\b.*, never to 9/);
  });
});
