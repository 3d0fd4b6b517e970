// Clients on this machine, outside of the cluster, as `exposure` lets them in.
import { expect, test } from 'vitest';
import { Contest, guardedWrites } from '../../scripts/client/contest.ts';
import { contestFaults } from '../../scripts/client/faults.ts';
import type { List } from '../../scripts/release/objects.ts';
import { etcdctl, putWatched } from './support/etcdctl.ts';
import { type Scene, useScene } from './support/scene.ts';

const scene = useScene('access');

interface Node {
  status: { addresses: { type: string; address: string }[] };
}
interface Service {
  spec: { ports: { nodePort?: number }[] };
}

/** The addresses of the nodes that this machine reaches. */
async function nodeAddresses(at: Scene): Promise<string[]> {
  const { items } = await at.api.json<List<Node>>('GET', '/api/v1/nodes');
  return items.flatMap(({ status }) =>
    status.addresses.filter(({ type }) => type === 'InternalIP').map(({ address }) => address),
  );
}

async function nodePort(at: Scene, service: string): Promise<number> {
  const { spec } = await at.api.json<Service>('GET', at.core(`services/${service}`));
  const [port] = spec.ports;
  if (port?.nodePort === undefined) throw new Error(`the Service ${service} has no port on the nodes`);
  return port.nodePort;
}

test('ports on the nodes: etcdctl, a watch, a lease and locks from this machine, and each member by its own', async () => {
  const at = scene();
  const persistence = { enabled: false };
  await at.install({ values: { persistence, exposure: { nodePort: { enabled: true, perMember: true } } } });
  const members = await at.voters(3);
  const [first = '', ...others] = await nodeAddresses(at);
  expect(others.length).toBeGreaterThan(0);

  // Any node leads to any member.
  const port = await nodePort(at, 'etcd-nodeport');
  const endpoints = [first, ...others].map(node => `http://${node}:${port}`);
  for (const [index, endpoint] of endpoints.entries()) {
    await etcdctl({ endpoints: [endpoint] }, 'put', 'greeting', `hello ${index}`);
    expect(await etcdctl({ endpoints: [endpoint] }, 'get', 'greeting', '--print-value-only')).toBe(
      `hello ${index}`,
    );
  }
  const { printed } = await putWatched({ endpoints }, 'watched');
  expect(printed).toContain('PUT');
  expect(await etcdctl({ endpoints }, 'lock', 'turn', 'echo', 'mine')).toContain('mine');

  // A member's own port leads to that member alone.
  for (const [ordinal, { id }] of members.entries()) {
    const own = `http://${first}:${await nodePort(at, `etcd-nodeport-${ordinal}`)}`;
    const [status] = JSON.parse(await etcdctl({ endpoints: [own] }, 'endpoint', 'status', '-w', 'json')) as {
      Status: { header: { member_id: number } };
    }[];
    // The number does not fit JavaScript's: what is left of its precision tells members apart all the same.
    expect(Number(`0x${id}`), own).toBe(status?.Status.header.member_id);
  }

  // The lock of the harness, with fencing tokens, from here.
  const contest = new Contest({
    endpoints,
    key: 'lock',
    contenders: ['Ada', 'Ben', 'Cem'],
    ttl: 3,
    hold: 200,
  });
  await expect.poll(() => contest.holds.length, { timeout: 30_000, interval: 50 }).toBeGreaterThanOrEqual(5);
  const holds = await contest.stop();
  expect(contestFaults(holds, await guardedWrites(endpoints, 'lock'))).toEqual([]);
});
