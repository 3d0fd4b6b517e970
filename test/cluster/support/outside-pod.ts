import { targetOf } from '../../../scripts/cluster/kubectl.ts';
import { etcdImage } from '../../../scripts/images/chart-images.ts';
import { versions } from '../../../scripts/tools/catalogue.ts';
import { tool } from '../../../scripts/tools/tool.ts';
import type { Scene } from './scene.ts';

const NAME = 'outside';

/** Where the pod has the CA that it trusts. */
export const cacert = '/ca/tls.crt';

/**
 * Starts a pod with etcdctl that knows `hosts` by `address`, as a client outside knows them by DNS, and trusts the
 * certificate in the Secret `secret`; returns the program and arguments that lead to its etcdctl. The image has no
 * shell, so what keeps the pod is an etcd of its own that nobody talks to.
 */
export async function outsidePod(
  at: Scene,
  { address, hosts, secret }: { address: string; hosts: readonly string[]; secret: string },
): Promise<readonly string[]> {
  await at.api.json('POST', at.core('pods'), {
    body: {
      metadata: { name: NAME },
      spec: {
        hostAliases: [{ ip: address, hostnames: hosts }],
        securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'etcd',
            image: etcdImage(versions.etcd['3.7']),
            command: ['etcd', '--data-dir=/data/etcd'],
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
            volumeMounts: [
              { name: 'data', mountPath: '/data' },
              { name: 'ca', mountPath: '/ca' },
            ],
          },
        ],
        volumes: [
          { name: 'data', emptyDir: {} },
          { name: 'ca', secret: { secretName: secret, items: [{ key: 'tls.crt', path: 'tls.crt' }] } },
        ],
      },
    },
  });
  await at.kubectl('wait', '--for=condition=Ready', `pod/${NAME}`, '--timeout=60s');
  const exec = [`--namespace=${at.namespace}`, 'exec', NAME, '--', 'etcdctl'];
  return [await tool('kubectl'), ...targetOf(at.cluster), ...exec];
}
