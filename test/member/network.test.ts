import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { reserveLoopback } from './support/loopback.ts';
import { Names } from './support/names.ts';
import { MetricsPolicy } from './support/policy.ts';
import { programs } from './support/programs.ts';

// What names.test.ts stands on: that pods there see the DNS and the NetworkPolicy which a test asks for.

beforeAll(() => programs('3.7'));

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'etcd-chart-network-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

interface Pod {
  names: Names;
  /** Of an HTTP server whose address every name but that of ordinal 9 resolves to. */
  port: number;
  /** Whether busybox gets an answer from a URL. */
  wget(url: string): Promise<boolean>;
  /** Whether a client in Go, which resolves names as etcd does, gets an answer from that server. */
  kubectl(host: string): Promise<boolean>;
}

async function pod(): Promise<Pod> {
  const loopback = await reserveLoopback();
  onTestFinished(() => loopback.release());
  const address = `${loopback.prefix}0`;
  const server = createServer((_, response) => response.end('{}'));
  const port = await new Promise<number>(resolve => {
    server.listen(0, address, () => {
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : 0);
    });
  });
  onTestFinished(() => void server.close());
  const names = await Names.start({
    pattern: 'etcd-%s.headless.here.svc.cluster.local',
    namespace: 'here',
    answers: {},
    server: `${loopback.prefix}253`,
    directory: await temporaryDirectory(),
    addressOf: ordinal => (ordinal === 9 ? undefined : address),
  });
  onTestFinished(() => names.server.close());
  const path = await programs('3.7');
  const run = async (name: string, args: readonly string[]) => {
    const [program = '', ...before] = names.startedBy;
    const command = [...before, join(path, name), ...args];
    const options = { env: { PATH: path }, extendEnv: false, reject: false } as const;
    return (await execa(program, command, options)).exitCode === 0;
  };
  return {
    names,
    port,
    wget: url => run('timeout', ['2', 'wget', '-q', '-Y', 'off', '-O', '/dev/null', url]),
    kubectl: host =>
      run('kubectl', ['--kubeconfig=/dev/null', `--server=http://${host}:${port}`, 'get', '--raw=/']),
  };
}

describe("a pod with the test's DNS", () => {
  test('resolves the names of pods that exist, in either program', async () => {
    const { names, wget, kubectl, port } = await pod();
    expect(await wget(`http://${names.of(1)}:${port}/`)).toBe(true);
    expect(await kubectl(names.of(1))).toBe(true);
    expect(await wget(`http://${names.of(9)}:${port}/`)).toBe(false);
    expect(await kubectl(names.of(9))).toBe(false);
  });

  test.for(['nxdomain', 'servfail'] as const)(
    'with %s for IPv6 resolves nothing in busybox, and everything in Go',
    async aaaa => {
      const { names, wget, kubectl, port } = await pod();
      names.server.answers = { aaaa };
      expect(await wget(`http://${names.of(1)}:${port}/`)).toBe(false);
      expect(await kubectl(names.of(1))).toBe(true);
    },
  );

  test('resolves a name as soon as the test makes it known', async () => {
    const { names, wget, kubectl, port } = await pod();
    names.server.answers = { unknown: [1] };
    expect(await wget(`http://${names.of(1)}:${port}/`)).toBe(false);
    expect(await kubectl(names.of(1))).toBe(false);
    expect(await kubectl(names.of(2))).toBe(true);
    names.server.answers = { delay: 100 };
    expect(await wget(`http://${names.of(1)}:${port}/`)).toBe(true);
    expect(await kubectl(names.of(1))).toBe(true);
  });

  test('gets no answer for IPv6 when the server is silent, and waits for it', async () => {
    const { names, wget, port } = await pod();
    names.server.answers = { aaaa: 'silence' };
    const since = performance.now();
    expect(await wget(`http://${names.of(1)}:${port}/`)).toBe(false);
    expect(performance.now() - since).toBeGreaterThan(1_500);
  });
});

test('a policy in force blocks the metrics port of other pods, and nothing else', async () => {
  const policy = await MetricsPolicy.create(await temporaryDirectory());
  const path = await programs('3.7');
  const loopback = await reserveLoopback();
  onTestFinished(() => loopback.release());
  for (const [host, port] of [
    ['0', 2381],
    ['1', 2381],
    ['1', 2379],
  ] as const) {
    const server = createServer((_, response) => response.end('{}'));
    await new Promise<void>(resolve => server.listen(port, `${loopback.prefix}${host}`, () => resolve()));
    onTestFinished(() => void server.close());
  }
  const env = {
    ...policy.env,
    PATH: `${policy.programs}:${path}`,
    MEMBER_HOST: `${loopback.prefix}%s`,
    POD_NAME: 'etcd-0',
    POD_IPS: `${loopback.prefix}0`,
  };
  const wget = async (ordinal: number, port: number) => {
    const url = `http://${loopback.prefix}${ordinal}:${port}/livez`;
    const args = ['2', 'wget', '-q', '-Y', 'off', '-O', '-', url];
    return (
      (await execa(join(path, 'timeout'), args, { env, extendEnv: false, reject: false })).exitCode === 0
    );
  };
  expect(await wget(1, 2381)).toBe(true);
  policy.inForce = true;
  expect(await wget(1, 2381)).toBe(false);
  expect(await wget(0, 2381)).toBe(true);
  expect(await wget(1, 2379)).toBe(true);
  policy.inForce = false;
  expect(await wget(1, 2381)).toBe(true);
});
