// How clients outside reach the members: Services on the nodes' ports and load balancers.
import { describe, expect, test } from 'vitest';
import { notes, type Rendered, render } from '../support/helm.ts';
import type { JsonObject } from '../support/json.ts';
import type { Ingress, Service } from '../support/objects.ts';

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

const certificate = { enabled: true, host: 'etcd.test', secretName: 'certificate' };
const tls: JsonObject = { mode: 'operator', operator: { tls: { provider: 'auto' } } };

describe('exposure.ingress', () => {
  const ingress = async (values: JsonObject): Promise<Ingress> =>
    (await render({ exposure: { ingress: { ...certificate, ...values } } })).by('Ingress', 'etcd');

  test('leads by host name and TLS to the client Service', async () => {
    expect((await ingress({})).spec).toEqual({
      tls: [{ hosts: ['etcd.test'], secretName: 'certificate' }],
      rules: [
        {
          host: 'etcd.test',
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: { service: { name: 'etcd', port: { name: 'client' } } },
              },
            ],
          },
        },
      ],
    });
  });

  test("takes its class from the values, and the controller's certificate for -", async () => {
    const { ingressClassName, tls: own } = (await ingress({ className: 'public', secretName: '-' })).spec;
    expect([ingressClassName, own]).toEqual(['public', [{ hosts: ['etcd.test'] }]]);
  });

  const controllers: readonly (readonly [name: string, terminate: JsonObject, passthrough: JsonObject])[] = [
    [
      'ingress-nginx',
      {
        'nginx.ingress.kubernetes.io/backend-protocol': 'GRPC',
        'nginx.ingress.kubernetes.io/proxy-body-size': '0',
        'nginx.ingress.kubernetes.io/proxy-read-timeout': '86400',
        'nginx.ingress.kubernetes.io/proxy-send-timeout': '86400',
      },
      { 'nginx.ingress.kubernetes.io/ssl-passthrough': 'true' },
    ],
    ['haproxy', { 'haproxy.org/server-proto': 'h2' }, { 'haproxy.org/ssl-passthrough': 'true' }],
    [
      'haproxy-ingress',
      {
        'haproxy-ingress.github.io/backend-protocol': 'grpc',
        'haproxy-ingress.github.io/timeout-server': '24h',
      },
      { 'haproxy-ingress.github.io/ssl-passthrough': 'true' },
    ],
  ];

  test.each(controllers)(
    'tells %s what gRPC needs, to the end of TLS or past it',
    async (controller, ...told) => {
      expect((await ingress({ controller })).metadata.annotations).toEqual(told[0]);
      const past = { enabled: true, host: 'etcd.test', controller, tls: 'passthrough' };
      const { metadata, spec } = (await render({ ...tls, exposure: { ingress: past } })).by(
        'Ingress',
        'etcd',
      );
      expect([metadata.annotations, spec.tls]).toEqual([told[1], undefined]);
    },
  );

  test('tells Traefik by the Service, and past it by its own kind', async () => {
    const rendered = await render({ exposure: { ingress: { ...certificate, controller: 'traefik' } } });
    expect(rendered.by('Ingress', 'etcd').metadata.annotations).toEqual({
      'traefik.ingress.kubernetes.io/router.tls': 'true',
    });
    expect(rendered.by('Service', 'etcd').metadata.annotations).toEqual({
      'traefik.ingress.kubernetes.io/service.serversscheme': 'h2c',
    });
    const past = { enabled: true, host: 'etcd.test', controller: 'traefik', tls: 'passthrough' };
    const { by, manifests } = await render({ ...tls, exposure: { ingress: past } });
    expect(by('IngressRouteTCP', 'etcd').spec).toEqual({
      routes: [{ match: 'HostSNI(`etcd.test`)', services: [{ name: 'etcd-client', port: 2379 }] }],
      tls: { passthrough: true },
    });
    expect(manifests.filter(({ kind }) => kind === 'Ingress')).toEqual([]);
    expect(by('Service', 'etcd-client').metadata.annotations).toBeUndefined();
  });

  test('lets annotations of the values come first', async () => {
    const annotations = { 'nginx.ingress.kubernetes.io/proxy-read-timeout': '60', 'example.com/a': 'b' };
    expect((await ingress({ controller: 'ingress-nginx', annotations })).metadata.annotations).toMatchObject({
      ...annotations,
      'nginx.ingress.kubernetes.io/backend-protocol': 'GRPC',
    });
  });

  test('is explained in the notes', async () => {
    expect(await notes({ exposure: { ingress: certificate } })).toContain(
      'etcdctl --endpoints=https://etcd.test:443 put greeting hello',
    );
  });
});

describe('exposure.gateway', () => {
  const parentRefs = [{ name: 'public', namespace: 'gateways', sectionName: 'etcd' }];
  const gateway = { enabled: true, host: 'etcd.test', parentRefs };

  test('leads by a GRPCRoute to the client Service, which says that it speaks HTTP/2 in the clear', async () => {
    const { by } = await render({ exposure: { gateway } });
    expect(by('GRPCRoute', 'etcd').spec).toEqual({
      parentRefs,
      hostnames: ['etcd.test'],
      rules: [{ backendRefs: [{ name: 'etcd', port: 2379 }] }],
    });
    expect(by('Service', 'etcd').spec.ports?.map(({ appProtocol }) => appProtocol)).toEqual([
      'kubernetes.io/h2c',
    ]);
  });

  test('leads by a TLSRoute to members that speak TLS', async () => {
    const { by } = await render({ ...tls, exposure: { gateway: { ...gateway, kind: 'TLSRoute' } } });
    expect(by('TLSRoute', 'etcd').spec.rules).toEqual([
      { backendRefs: [{ name: 'etcd-client', port: 2379 }] },
    ]);
    expect(by('Service', 'etcd-client').spec.ports?.map(({ appProtocol }) => appProtocol)).toEqual([
      undefined,
    ]);
  });

  test('is explained in the notes', async () => {
    expect(await notes({ exposure: { gateway } })).toContain('etcdctl --endpoints=https://etcd.test:443');
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
