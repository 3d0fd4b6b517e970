import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from '../cluster/kubectl.ts';
import { type Api, apiOf } from '../release/api.ts';
import { type Pod, podTrouble } from '../release/objects.ts';
import { bundleAgent } from './bundle.ts';
import type { Answer, Question, TaskName } from './tasks.ts';

const PORT = 8080;
const START_TIMEOUT = 120_000;

export interface ClientOptions {
  cluster: Access;
  namespace: string;
  /** The image that brings Node. */
  image: string;
  /** Name of the pod; `etcd-client` by default. */
  name?: string;
  /** Its share of the node's processors, as Kubernetes writes it; a hundredth by default. */
  cpu?: string;
}

/** A pod that is a client of etcd inside the cluster, and carries out tasks for us. */
export class ClientPod {
  private readonly api: Api;
  private readonly path: string;
  private readonly configMap: string;

  private constructor(api: Api, namespace: string, name: string) {
    this.api = api;
    this.path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    this.configMap = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
  }

  /** Starts the pod, or takes the one that already runs this program. Throws with the pod's state after 2 min. */
  static async start({
    cluster,
    namespace,
    image,
    name = 'etcd-client',
    cpu = '10m',
  }: ClientOptions): Promise<ClientPod> {
    const api = await apiOf(cluster);
    const client = new ClientPod(api, namespace, name);
    const program = await bundleAgent();
    const hash = createHash('sha256').update(image).update(cpu).update(program).digest('hex').slice(0, 16);
    const present = await api.find<Pod>(client.path);
    if (
      present?.metadata.annotations?.['etcd-chart/program'] !== hash ||
      present.status.phase !== 'Running'
    ) {
      await client.remove();
      await api.text('POST', `/api/v1/namespaces/${namespace}/configmaps`, {
        body: { metadata: { name }, data: { 'agent.mjs': program } },
      });
      await api.text('POST', `/api/v1/namespaces/${namespace}/pods`, {
        body: podManifest(name, image, cpu, hash),
      });
    }
    await client.untilReady();
    return client;
  }

  /** Has the pod carry out a task. Throws with the task's own error, or when no answer came in time. */
  async ask<Name extends TaskName>(
    task: Name,
    question: Question<Name>,
    timeout = 30_000,
  ): Promise<Answer<Name>> {
    const path = `${this.path}:${PORT}/proxy/${task}`;
    return this.api.json<Answer<Name>>('POST', path, { body: question, timeout });
  }

  /** Deletes the pod and its program at once, and returns when both are gone. */
  async remove(): Promise<void> {
    await this.api.remove(this.configMap);
    await this.api.remove(`${this.path}?gracePeriodSeconds=0`);
    const end = performance.now() + START_TIMEOUT;
    while (await this.api.find<Pod>(this.path)) {
      if (performance.now() > end) throw new Error(`the pod ${this.path} is still there after 2 minutes`);
      await sleep(100);
    }
  }

  private async untilReady(): Promise<void> {
    const end = performance.now() + START_TIMEOUT;
    for (;;) {
      try {
        await this.api.text('GET', `${this.path}:${PORT}/proxy/`, { timeout: 2000 });
        return;
      } catch (error) {
        if (performance.now() > end) {
          const pod = await this.api.find<Pod>(this.path);
          const state = pod ? podTrouble(pod) : 'the pod is gone';
          throw new Error(`the client pod does not answer after 2 minutes: ${state}`, { cause: error });
        }
      }
      await sleep(100);
    }
  }
}

function podManifest(name: string, image: string, cpu: string, hash: string): object {
  const controlPlane = 'node-role.kubernetes.io/control-plane';
  return {
    metadata: {
      name,
      labels: { 'app.kubernetes.io/name': name },
      annotations: { 'etcd-chart/program': hash },
    },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      // Trouble on the members' nodes shall not take their client with it, where that can be had.
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 100, preference: { matchExpressions: [{ key: controlPlane, operator: 'Exists' }] } },
          ],
        },
      },
      tolerations: [{ key: controlPlane, operator: 'Exists', effect: 'NoSchedule' }],
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'client',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '/client/agent.mjs'],
          resources: { requests: { cpu, memory: '64Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'program', mountPath: '/client', readOnly: true }],
        },
      ],
      volumes: [{ name: 'program', configMap: { name } }],
    },
  };
}
