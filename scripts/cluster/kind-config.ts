import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { cacheDir } from '../cache.ts';
import type { Runtime } from './containers.ts';
import type { Limits } from './machine.ts';

/** Returns kind's configuration for one control-plane node and `workers`, fit for what this machine withholds. */
export async function kindConfig(runtime: Runtime, workers: number, ownNetwork: boolean): Promise<string> {
  const { noSysResource } = runtime.limits;
  const node = noSysResource ? { extraMounts: [await containerdUnit(runtime.limits)] } : {};
  return stringify({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    networking: { disableDefaultCNI: ownNetwork },
    containerdConfigPatches: noSysResource ? [containerdPatch] : [],
    kubeadmConfigPatches: kubeadmPatches(runtime).map(patch => stringify(patch)),
    nodes: [
      { role: 'control-plane', ...node },
      ...Array.from({ length: workers }, () => ({ role: 'worker', ...node })),
    ],
  });
}

const containerdPatch = '[plugins."io.containerd.grpc.v1.cri"]\n  restrict_oom_score_adj = true\n';

function kubeadmPatches({ cgroup, limits: { noSysResource } }: Runtime): Record<string, unknown>[] {
  const kubelet = {
    // From 1.35 on, the kubelet refuses cgroup v1 unless told otherwise.
    ...(cgroup === 'v1' ? { failCgroupV1: false } : {}),
    // Its default is negative, which takes the capability.
    ...(noSysResource ? { oomScoreAdj: 0 } : {}),
  };
  const patches: Record<string, unknown>[] = [];
  if (Object.keys(kubelet).length > 0) {
    patches.push({ kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1', ...kubelet });
  }
  if (noSysResource) patches.push(kubeProxy);
  return patches;
}

// Sizing the connection table takes a sysctl that only a fully privileged container may set.
const kubeProxy = {
  kind: 'KubeProxyConfiguration',
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  oomScoreAdj: 0,
  conntrack: { maxPerCore: 0 },
};

// containerd's unit asks for infinite limits and a protected OOM score: without the capability it would not start.
async function containerdUnit(limits: Limits): Promise<Record<string, unknown>> {
  const file = join(cacheDir('cluster'), 'containerd-limits.conf');
  const lines = [
    '[Service]',
    'OOMScoreAdjust=',
    'LimitCORE=0',
    `LimitNOFILE=${limit(limits.openFiles)}`,
    `LimitNPROC=${limit(limits.processes)}`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return {
    hostPath: file,
    containerPath: '/etc/systemd/system/containerd.service.d/limits.conf',
    readOnly: true,
  };
}

function limit(value: number): string {
  return Number.isFinite(value) ? String(value) : 'infinity';
}
