// How clients outside reach the members: Services on the nodes' ports and load balancers.
import { describe, expect, test } from 'vitest';
import { notes, type Rendered, render } from '../support/helm.ts';
import type { JsonObject } from '../support/json.ts';
import type { Service } from '../support/objects.ts';

const servicesOf = ({ manifests }: Rendered): string[] =>
  manifests
    .filter(({ kind }) => kind === 'Service')
    .map(({ name }) => name)
    .sort();
const nodePorts = ({ spec }: Service): (number | undefined)[] | undefined =>
  spec.ports?.map(({ nodePort }) => nodePort);
const ways: readonly (readonly [way: string, name: string])[] = [
  ['nodePort', 'nodeport'],
  ['loadBalancer', 'balancer'],
];

test('nothing leads in from outside unless asked for', async () => {
  expect(servicesOf(await render())).toEqual(['etcd', 'etcd-peer']);
});

describe.each(ways)('exposure.%s', (way, name) => {
  const asked = (values: JsonObject): JsonObject => ({ exposure: { [way]: { enabled: true, ...values } } });

  test('is one Service for all members that are ready, beside the one inside', async () => {
    const rendered = await render(asked({}));
    expect(servicesOf(rendered)).toEqual(['etcd', `etcd-${name}`, 'etcd-peer'].sort());
    const [inside, outside] = [rendered.by('Service', 'etcd'), rendered.by('Service', `etcd-${name}`)];
    expect(outside.spec.selector).toEqual(inside.spec.selector);
    expect(outside.spec.ports).toEqual(inside.spec.ports);
    expect(outside.spec.publishNotReadyAddresses ?? false).toBe(false);
  });

  test('is a Service for each member as well when asked for', async () => {
    const rendered = await render({ ...asked({ perMember: true }), replicaCount: 5 });
    for (const ordinal of [0, 1, 2, 3, 4]) {
      const { spec } = rendered.by('Service', `etcd-${name}-${ordinal}`);
      expect(spec.selector).toEqual({
        ...rendered.by('Service', 'etcd').spec.selector,
        'statefulset.kubernetes.io/pod-name': `etcd-${ordinal}`,
      });
      expect(spec.ports).toEqual(rendered.by('Service', 'etcd').spec.ports);
    }
    expect(servicesOf(rendered).length).toBe(3 + 5);
  });

  test('says nothing of a member before there is one', async () => {
    const hibernating = await render({ ...asked({ perMember: true }), replicaCount: 0 });
    expect(servicesOf(hibernating)).toEqual(['etcd', `etcd-${name}`, 'etcd-peer'].sort());
  });

  test('takes the IP families of the client Service, and a policy of its own', async () => {
    const service = { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv6', 'IPv4'] };
    const values = { ...asked({ perMember: true, externalTrafficPolicy: 'Local' }), service };
    const rendered = await render(values);
    for (const each of [`etcd-${name}`, `etcd-${name}-2`])
      expect(rendered.by('Service', each).spec).toMatchObject({ ...service, externalTrafficPolicy: 'Local' });
  });

  test('is warned about and explained in the notes, by names of Services that are there', async () => {
    const values = asked({ perMember: true });
    const [text, rendered] = [await notes(values), await render(values)];
    expect(text).toContain(`exposure.${way} opens it to the outside`);
    expect(text).toContain(`get service etcd-${name} -o`);
    expect(text).toContain('for i in 0 1 2; do');
    expect(text).toContain(`get service etcd-${name}-$i -o`);
    expect(text).toMatch(/never sync its endpoints/);
    expect(servicesOf(rendered)).toContain(`etcd-${name}-2`);
    expect(await notes(asked({}))).not.toContain('$i');
  });
});

test('no note about the outside without a way from it', async () => {
  expect(await notes()).not.toMatch(/outside/);
});

test('ports on the nodes are those of the values, by ordinal', async () => {
  const memberPorts = [31_000, 31_001, 31_002, 31_003];
  const nodePort = { enabled: true, port: 30_999, perMember: true, memberPorts };
  const { by } = await render({ exposure: { nodePort } });
  const names = ['etcd-nodeport', 'etcd-nodeport-0', 'etcd-nodeport-1', 'etcd-nodeport-2'];
  expect(names.map(name => nodePorts(by('Service', name)))).toEqual([[30_999], [31_000], [31_001], [31_002]]);
});

test('load balancers are as the values say, each of them', async () => {
  const sourceRanges = ['10.0.0.0/8', '2001:db8::/32'];
  const loadBalancer = {
    enabled: true,
    perMember: true,
    class: 'a/b',
    sourceRanges,
    allocateNodePorts: false,
  };
  const { by } = await render({ exposure: { loadBalancer } });
  for (const name of ['etcd-balancer', 'etcd-balancer-0', 'etcd-balancer-2'])
    expect(by('Service', name).spec).toMatchObject({
      type: 'LoadBalancer',
      loadBalancerClass: 'a/b',
      loadBalancerSourceRanges: sourceRanges,
      allocateLoadBalancerNodePorts: false,
    });
});

test('the longest names still fit a Service', async () => {
  const name = 'n'.repeat(52);
  const exposure = {
    nodePort: { enabled: true, perMember: true },
    loadBalancer: { enabled: true, perMember: true },
  };
  const { manifests } = await render({ fullnameOverride: name, replicaCount: 9, exposure });
  const longest = Math.max(
    ...manifests.filter(({ kind }) => kind === 'Service').map(({ name: each }) => each.length),
  );
  expect(longest).toBe(63);
});
