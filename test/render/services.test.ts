import { describe, expect, test } from 'vitest';
import { render } from '../support/helm.ts';
import type { JsonObject } from '../support/json.ts';
import type { Service } from '../support/objects.ts';
import { everything } from '../support/permutations.ts';

const client = async (values: JsonObject = {}): Promise<Service> =>
  (await render(values)).by('Service', 'etcd');
const peer = async (values: JsonObject = {}): Promise<Service> =>
  (await render(values)).by('Service', 'etcd-peer');
const { fullnameOverride: _, nameOverride: __, ...changed } = everything;

describe('the client Service', () => {
  test('leads to the client port of members that are ready, and to nothing else', async () => {
    const { spec } = await client();
    expect(spec.ports).toEqual([{ name: 'client', port: 2379, targetPort: 'client' }]);
    expect(spec.publishNotReadyAddresses ?? false).toBe(false);
    expect(spec.clusterIP).toBeUndefined();
    expect(spec.type).toBe('ClusterIP');
  });

  test('says nothing about what the values leave open', async () => {
    expect(Object.keys((await client()).spec).sort()).toEqual(['ports', 'selector', 'type']);
  });

  test('stays inside, whatever opens the way from outside', async () => {
    const { spec } = (await render(changed)).by('Service', 'etcd');
    expect([spec.type, spec.ports]).toEqual([
      'ClusterIP',
      // A Gateway has to be told that gRPC speaks HTTP/2 without TLS.
      [{ name: 'client', port: 2379, targetPort: 'client', appProtocol: 'kubernetes.io/h2c' }],
    ]);
  });

  test('takes its IP families and preferences from the values', async () => {
    const { trafficDistribution, ipFamilyPolicy, ipFamilies } = (await client(changed)).spec;
    expect(everything.service).toMatchObject({ trafficDistribution, ipFamilyPolicy, ipFamilies });
    expect(trafficDistribution).toBe('PreferSameZone');
  });
});

describe('the peer Service', () => {
  test('names every member, also before it is ready', async () => {
    const { spec } = await peer();
    expect([spec.clusterIP, spec.publishNotReadyAddresses, spec.type ?? 'ClusterIP']).toEqual([
      'None',
      true,
      'ClusterIP',
    ]);
    expect(spec.ports).toEqual([
      { name: 'peer', port: 2380, targetPort: 'peer' },
      { name: 'client', port: 2379, targetPort: 'client' },
    ]);
  });

  test('stays inside the Kubernetes cluster, whatever the client Service is', async () => {
    const { spec } = await peer({ exposure: { loadBalancer: { enabled: true } } });
    expect([spec.clusterIP, spec.type ?? 'ClusterIP']).toEqual(['None', 'ClusterIP']);
  });

  test('takes its IP families from the values', async () => {
    const { ipFamilyPolicy, ipFamilies } = (await peer(changed)).spec;
    expect(everything.peerService).toMatchObject({ ipFamilyPolicy, ipFamilies });
    expect(ipFamilyPolicy).toBe('RequireDualStack');
  });
});
