// Traefik end to end: TLS ends there, and HTTP/2 in the clear goes on to etcd, through an Ingress and a GRPCRoute.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, expect, inject, test } from 'vitest';
import { kubectl } from '../../scripts/cluster/kubectl.ts';
import { etcdctl, putWatched } from './support/etcdctl.ts';
import { cacert, outsidePod } from './support/outside-pod.ts';
import { type Scene, useScene } from './support/scene.ts';
import { loadThirdParty, thirdParty } from './support/third-party.ts';

const definitions = ['traefik-crds.yaml', 'gateway-api-crds.yaml'];
const traefik = thirdParty(
  'traefik',
  [...definitions, 'traefik-install.yaml'],
  'an Ingress and a route of Traefik',
);
const scene = useScene('ingress');
const hosts = ['ingress.etcd.test', 'route.etcd.test'];

let applied = false;

afterAll(async () => {
  if (traefik === undefined || !applied) return;
  const files = ['traefik-install.yaml', ...definitions].map(file => `--filename=${traefik.manifest(file)}`);
  await kubectl(inject('cluster'), ['delete', ...files, '--ignore-not-found', '--wait=false']);
});

test.skipIf(traefik === undefined)(
  'Traefik is there, and the chart with an Ingress and a route',
  async () => {
    if (traefik === undefined) return;
    const at = scene();
    await loadThirdParty(at.cluster, traefik);
    const files = definitions.map(file => `--filename=${traefik.manifest(file)}`);
    applied = true;
    await kubectl(at.cluster, ['apply', '--server-side', ...files]);
    await kubectl(at.cluster, ['wait', '--for=condition=Established', ...files, '--timeout=60s']);
    await kubectl(at.cluster, ['apply', `--filename=${traefik.manifest('traefik-install.yaml')}`]);
    await makeCertificate(at);
    const ingress = {
      enabled: true,
      host: hosts[0],
      className: 'traefik',
      controller: 'traefik',
      secretName: 'certificate',
    };
    const gateway = { enabled: true, host: hosts[1], parentRefs: [{ name: 'public' }] };
    await at.install({
      values: { replicaCount: 1, persistence: { enabled: false }, exposure: { ingress, gateway } },
    });
    await makeGateway(at);
    await at.voters(1);
    await kubectl(
      at.cluster,
      ['--namespace=traefik', 'rollout', 'status', 'deploy/traefik', '--timeout=120s'],
      {
        timeout: 130_000,
      },
    );
  },
);

test.skipIf(traefik === undefined)('put, get, a lease, a lock and a watch through each of them', async () => {
  const at = scene();
  const clusterIp = await kubectl(at.cluster, [
    ...['--namespace=traefik', 'get', 'service', 'traefik', '--output=jsonpath={.spec.clusterIP}'],
  ]);
  const via = await outsidePod(at, { address: clusterIp, hosts, secret: 'certificate' });
  for (const host of hosts) {
    const options = { endpoints: [`https://${host}:443`], cacert, via };
    // The controller needs a moment to see new routes and endpoints.
    const put = (): Promise<string> =>
      etcdctl(options, 'put', 'greeting', host).catch(error => String(error));
    await expect.poll(put, { timeout: 60_000, interval: 500 }).toBe('OK');
    expect(await etcdctl(options, 'get', 'greeting', '--print-value-only')).toBe(host);
    const { printed, lease } = await putWatched(options, `watched/${host}`);
    expect(printed).toContain('PUT');
    expect(await etcdctl(options, 'lease', 'keep-alive', '--once', lease)).toContain('keepalived');
    expect(await etcdctl(options, 'lock', 'turn', '/usr/local/bin/etcdctl', 'version')).toContain(
      'etcdctl version',
    );
  }
});

/** A certificate for both hosts that is its own CA, as the Secret `certificate`. */
async function makeCertificate(at: Scene): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'etcd-chart-certificate-'));
  try {
    const [key, certificate] = [join(directory, 'tls.key'), join(directory, 'tls.crt')];
    const names = hosts.map(host => `DNS:${host}`).join();
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const subject = ['-subj', '/CN=etcd.test', '-addext', `subjectAltName=${names}`];
    await execa('openssl', [...request, ...subject, '-days', '2', '-keyout', key, '-out', certificate]);
    await at.kubectl('create', 'secret', 'tls', 'certificate', `--cert=${certificate}`, `--key=${key}`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The Gateway that the route names; Traefik takes the port of its entry point, not of its Service. */
async function makeGateway(at: Scene): Promise<void> {
  const listener = {
    ...{ name: 'https', port: 8443, protocol: 'HTTPS', hostname: hosts[1] },
    tls: { mode: 'Terminate', certificateRefs: [{ name: 'certificate' }] },
  };
  await at.api.json('POST', `/apis/gateway.networking.k8s.io/v1/namespaces/${at.namespace}/gateways`, {
    body: {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'public' },
      spec: { gatewayClassName: 'traefik', listeners: [listener] },
    },
  });
}
