import type { Report } from '../progress.ts';
import { type Runtime, run } from './containers.ts';
import { type Access, kubectl } from './kubectl.ts';
import { until } from './until.ts';

// kind's default.
const podSubnet = '10.244.0.0/16';

interface NodeNetwork {
  name: string;
  podCIDR: string;
  address: string;
}

/**
 * Gives the pods of a cluster without kind's own network plugin one: on each node a point-to-point link
 * per pod with an address of the node's range, and a route to every other node's range. Can be repeated;
 * routes do not outlive a restart of the node.
 */
export async function connectPods(
  runtime: Runtime,
  access: Access,
  count: number,
  report?: Report,
): Promise<void> {
  let ranges: [name: string, podCIDR: string][] = [];
  await until('every node has an address range for its pods', 60_000, async () => {
    ranges = await podRanges(access);
    return ranges.length === count;
  });
  report?.(`connecting the pods of ${count} nodes`);
  const nodes = await Promise.all(
    ranges.map(async ([name, podCIDR]) => ({ name, podCIDR, address: await addressOf(runtime, name) })),
  );
  await Promise.all(nodes.map(node => connectNode(runtime, node, nodes)));
}

async function podRanges(access: Access): Promise<[name: string, podCIDR: string][]> {
  const list = JSON.parse(await kubectl(access, ['get', 'nodes', '--output=json'])) as {
    items: { metadata: { name: string }; spec: { podCIDR?: string } }[];
  };
  return list.items.flatMap(({ metadata: { name }, spec: { podCIDR } }) =>
    podCIDR === undefined ? [] : [[name, podCIDR]],
  );
}

// Not the one in the API: after a restart that is the former one for a while.
async function addressOf(runtime: Runtime, node: string): Promise<string> {
  const format = '--format={{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
  const [address = ''] = (await run(runtime, ['container', 'inspect', format, node])).split(' ');
  if (address === '') throw new Error(`${runtime.name} tells no address of the node ${node}`);
  return address;
}

async function connectNode(runtime: Runtime, node: NodeNetwork, all: readonly NodeNetwork[]): Promise<void> {
  for (const other of all.filter(({ name }) => name !== node.name)) {
    await run(runtime, ['exec', node.name, 'ip', 'route', 'replace', other.podCIDR, 'via', other.address]);
  }
  await leaveClusterAsNode(runtime, node);
  // Last, because with this file the node becomes Ready.
  await run(runtime, ['exec', '-i', node.name, 'cp', '/dev/stdin', '/etc/cni/net.d/10-pods.conflist'], {
    input: JSON.stringify({
      cniVersion: '1.0.0',
      name: 'pods',
      plugins: [
        {
          type: 'ptp',
          ipMasq: false,
          mtu: 1500,
          ipam: {
            type: 'host-local',
            dataDir: '/run/cni-ipam-state',
            ranges: [[{ subnet: node.podCIDR }]],
            routes: [{ dst: '0.0.0.0/0' }],
          },
        },
        { type: 'portmap', capabilities: { portMappings: true } },
      ],
    }),
  });
}

// Outside the cluster nobody knows the way back to a pod.
async function leaveClusterAsNode(runtime: Runtime, { name, podCIDR }: NodeNetwork): Promise<void> {
  const rule = ['POSTROUTING', '-s', podCIDR, '!', '-d', podSubnet, '-j', 'MASQUERADE'];
  const iptables = (action: string) =>
    run(runtime, ['exec', name, 'iptables', '-w', '-t', 'nat', action, ...rule]);
  await iptables('--check').catch(() => iptables('--append'));
}
