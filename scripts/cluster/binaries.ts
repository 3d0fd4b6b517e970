import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { goBuild } from '../go/build.ts';
import type { Report } from '../progress.ts';
import { kubernetesLdflags, versions } from '../tools/catalogue.ts';

/** Programs by name: absolute paths of static binaries. */
export type Programs = Readonly<Record<string, string>>;

/** The programs that a built node and its system images consist of. */
export interface NodePrograms {
  kubernetes: Programs;
  containerd: Programs;
  cni: Programs;
  coredns: string;
  localPathProvisioner: string;
}

const kubernetesPrograms = [
  'kubeadm',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
  'kubectl',
  'kubelet',
];

/**
 * Builds every program of a node with Kubernetes `version` from Go modules, and returns where
 * they are. Throws an error that names the versions that can be built when `version` is not one of them.
 */
export async function nodePrograms(version: string, report?: Report): Promise<NodePrograms> {
  // The linker takes 2 GiB for one Kubernetes program: one build after the other.
  const kubernetes = await goBuild({
    module: kubernetesModule(version),
    packages: kubernetesPrograms.map(name => `k8s.io/kubernetes/cmd/${name}`),
    ldflags: kubernetesLdflags(version),
    report,
  });
  const containerd = await goBuild({
    module: 'containerd',
    packages: ['containerd', 'containerd-shim-runc-v2', 'ctr'].map(
      name => `github.com/containerd/containerd/v2/cmd/${name}`,
    ),
    report,
  });
  const cni = await goBuild({
    module: 'cni',
    packages: ['ipam/host-local', 'main/loopback', 'main/ptp', 'meta/portmap'].map(
      path => `github.com/containernetworking/plugins/plugins/${path}`,
    ),
    report,
  });
  const coredns = await goBuild({
    module: 'coredns',
    packages: ['github.com/coredns/coredns'],
    report,
  });
  const localPath = await goBuild({
    module: 'local-path-provisioner',
    packages: ['github.com/rancher/local-path-provisioner'],
    report,
  });
  return {
    kubernetes,
    containerd,
    cni,
    coredns: program(coredns, 'coredns'),
    localPathProvisioner: program(localPath, 'local-path-provisioner'),
  };
}

/** Returns the path of `name` among `programs`. Throws when it is not there. */
export function program(programs: Programs, name: string): string {
  const path = programs[name];
  if (path === undefined) throw new Error(`${name} is not among ${Object.keys(programs).join(', ')}`);
  return path;
}

/** Throws an error with the remedy when a node with Kubernetes `version` cannot be built from Go modules. */
export function requireBuildable(version: string): void {
  kubernetesModule(version);
}

function kubernetesModule(version: string): string {
  const minor = version.split('.').slice(0, 2).join('.');
  const module = `kubernetes-${minor}`;
  const pinned: readonly string[] = [versions.kubernetes, versions.kubernetesOldest];
  if (pinned.includes(version) && existsSync(join(import.meta.dirname, '..', 'modules', module)))
    return module;
  throw new Error(
    `Kubernetes ${version}: no node image of this version can be pulled here, and only ${pinned.join(' and ')} can be built (scripts/modules). Ask for one of these, or let the container runtime reach a registry.`,
  );
}
