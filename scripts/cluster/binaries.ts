import { existsSync } from 'node:fs';
import { execa } from 'execa';
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

/** Builds every program of a node with Kubernetes `version` from Go modules, and returns where they are. */
export async function nodePrograms(version: string, report?: Report): Promise<NodePrograms> {
  // Linking one Kubernetes program takes 2 GiB: one module after the other.
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

/** Throws an error with every obstacle and the remedy when a node with Kubernetes `version` cannot be built here. */
export async function requireBuildable(version: string): Promise<void> {
  const obstacles: string[] = [];
  if (!pinned.includes(version)) {
    obstacles.push(`only ${pinned.join(' and ')} can be built (scripts/modules): ask for one of these`);
  }
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) {
    obstacles.push('its root file system takes root on a Debian system (debootstrap)');
  }
  const go = await execa('go', ['version'], { reject: false });
  if (go.exitCode !== 0) obstacles.push('its programs take Go 1.26 or newer on PATH: install it');
  if (obstacles.length === 0) return;
  throw new Error(
    [
      `Kubernetes ${version}: no node image of it can be pulled here, and none can be built:`,
      ...obstacles.map(obstacle => `  ${obstacle}`),
      'Or let the container runtime reach a registry (docker.io), where kind publishes its node images.',
    ].join('\n'),
  );
}

const pinned: readonly string[] = [versions.kubernetes, versions.kubernetesOldest];

function kubernetesModule(version: string): string {
  return `kubernetes-${version.split('.').slice(0, 2).join('.')}`;
}
