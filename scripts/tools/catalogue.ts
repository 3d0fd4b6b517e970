// Every tool of this project: its version, where its project releases it and publishes the
// checksums, and the Go module (scripts/modules/<module>) that it is built from otherwise.

/** The pinned versions. A new one goes here and into the go.mod of its module. */
export const versions = {
  kubernetes: '1.37.2',
  kubernetesOldest: '1.34.4',
  helm: '4.3.1',
  helm3: '3.22.0',
  kubeconform: '0.8.0',
  kind: '0.33.0',
  actionlint: '1.7.12',
  etcd: { '3.7': '3.7.3', '3.6': '3.6.16', '3.5': '3.5.35' },
} as const;

export const toolNames = [
  'helm',
  'helm3',
  'kubeconform',
  'kind',
  'kubectl',
  'etcd',
  'etcdctl',
  'etcdutl',
  'actionlint',
] as const;
export type ToolName = (typeof toolNames)[number];

/** Operating system and processor, in Go's words: `linux`, `amd64`. */
export interface Platform {
  os: string;
  arch: string;
}

/** One version of one tool on one platform, and every way to it. */
export interface Tool {
  name: ToolName;
  version: string;
  /** The file name of the program, on PATH and in the release. */
  program: string;
  /** Arguments that make the program print its version. */
  versionArgs: readonly string[];
  release: Release;
  go: GoSource;
}

export interface Release {
  /** Names what is downloaded, with its version and platform; tools of one archive share it. */
  name: string;
  url: string;
  /** The checksum file that the tool's project publishes. */
  checksums: string;
  /** Path of the program inside the archive; undefined when the download is the program itself. */
  member?: string;
}

export interface GoSource {
  module: string;
  packages: readonly string[];
  ldflags: readonly string[];
  names: Readonly<Record<string, string>>;
}

/** Returns the platform that this process runs on. */
export function hostPlatform(): Platform {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return { os: process.platform, arch };
}

/**
 * Returns the tool `name` in `version`: the pinned one by default, for etcd and Kubernetes also
 * another pinned one or its minor (`3.6`). Throws when that version is not pinned here.
 */
export function catalogueTool(name: ToolName, version?: string, platform = hostPlatform()): Tool {
  switch (name) {
    case 'helm':
      return helm('helm', pinned(name, [versions.helm], version), platform);
    case 'helm3':
      return helm('helm3', pinned(name, [versions.helm3], version), platform);
    case 'kubeconform':
      return kubeconform(pinned(name, [versions.kubeconform], version), platform);
    case 'kind':
      return kind(pinned(name, [versions.kind], version), platform);
    case 'kubectl':
      return kubectl(pinned(name, [versions.kubernetes, versions.kubernetesOldest], version), platform);
    case 'etcd':
    case 'etcdctl':
    case 'etcdutl':
      return etcd(name, pinned(name, Object.values(versions.etcd), version), platform);
    case 'actionlint':
      return actionlint(pinned(name, [versions.actionlint], version), platform);
  }
}

function helm(name: 'helm' | 'helm3', version: string, { os, arch }: Platform): Tool {
  const [major] = version.split('.');
  const path = `helm.sh/helm/v${major}`;
  const url = `https://get.helm.sh/helm-v${version}-${os}-${arch}.tar.gz`;
  const ldflags = [`-X=${path}/internal/version.version=v${version}`];
  if (name === 'helm3') {
    // Without these, a Helm 3 that sees no cluster renders for Kubernetes 1.20. Helm's own build
    // takes them from its client-go (v0.37.0 means 1.37).
    for (const where of ['chartutil', 'lint/rules']) {
      ldflags.push(`-X=${path}/pkg/${where}.k8sVersionMajor=1`, `-X=${path}/pkg/${where}.k8sVersionMinor=37`);
    }
  }
  return {
    name,
    version,
    program: 'helm',
    versionArgs: ['version', '--template', '{{.Version}}'],
    release: {
      name: `helm-${version}-${os}-${arch}`,
      url,
      checksums: `${url}.sha256sum`,
      member: `${os}-${arch}/helm`,
    },
    go: { module: name, packages: [`${path}/cmd/helm`], ldflags, names: {} },
  };
}

function kubeconform(version: string, { os, arch }: Platform): Tool {
  const base = `https://github.com/yannh/kubeconform/releases/download/v${version}`;
  return {
    name: 'kubeconform',
    version,
    program: 'kubeconform',
    versionArgs: ['-v'],
    release: {
      name: `kubeconform-${version}-${os}-${arch}`,
      url: `${base}/kubeconform-${os}-${arch}.tar.gz`,
      checksums: `${base}/CHECKSUMS`,
      member: 'kubeconform',
    },
    go: {
      module: 'kubeconform',
      packages: ['github.com/yannh/kubeconform/cmd/kubeconform'],
      ldflags: [`-X=main.version=v${version}`],
      names: {},
    },
  };
}

function kind(version: string, { os, arch }: Platform): Tool {
  const url = `https://github.com/kubernetes-sigs/kind/releases/download/v${version}/kind-${os}-${arch}`;
  return {
    name: 'kind',
    version,
    program: 'kind',
    versionArgs: ['version'],
    release: { name: `kind-${version}-${os}-${arch}`, url, checksums: `${url}.sha256sum` },
    go: { module: 'kind', packages: ['sigs.k8s.io/kind'], ldflags: [], names: {} },
  };
}

function kubectl(version: string, { os, arch }: Platform): Tool {
  const url = `https://dl.k8s.io/release/v${version}/bin/${os}/${arch}/kubectl`;
  return {
    name: 'kubectl',
    version,
    program: 'kubectl',
    versionArgs: ['version', '--client'],
    release: { name: `kubectl-${version}-${os}-${arch}`, url, checksums: `${url}.sha256` },
    go: {
      module: `kubernetes-${minor(version)}`,
      packages: ['k8s.io/kubernetes/cmd/kubectl'],
      ldflags: kubernetesLdflags(version),
      names: {},
    },
  };
}

/**
 * Returns the linker flags that give Kubernetes programs their version. Without them they call
 * themselves v0.0.0-master, and kubeadm refuses to work with that.
 */
export function kubernetesLdflags(version: string): string[] {
  const [major, minor] = version.split('.');
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap(path => [
    `-X=${path}.gitVersion=v${version}`,
    `-X=${path}.gitMajor=${major}`,
    `-X=${path}.gitMinor=${minor}`,
  ]);
}

function etcd(name: 'etcd' | 'etcdctl' | 'etcdutl', version: string, { os, arch }: Platform): Tool {
  const base = `https://github.com/etcd-io/etcd/releases/download/v${version}`;
  const directory = `etcd-v${version}-${os}-${arch}`;
  return {
    name,
    version,
    program: name,
    versionArgs: name === 'etcd' ? ['--version'] : ['version'],
    release: {
      name: `etcd-${version}-${os}-${arch}`,
      url: `${base}/${directory}.${os === 'linux' ? 'tar.gz' : 'zip'}`,
      checksums: `${base}/SHA256SUMS`,
      member: `${directory}/${name}`,
    },
    go: {
      module: `etcd-${minor(version)}`,
      packages: ['server', 'etcdctl', 'etcdutl'].map(part => `go.etcd.io/etcd/${part}/v3`),
      ldflags: [],
      names: { 'go.etcd.io/etcd/server/v3': 'etcd' },
    },
  };
}

function actionlint(version: string, { os, arch }: Platform): Tool {
  const base = `https://github.com/rhysd/actionlint/releases/download/v${version}`;
  return {
    name: 'actionlint',
    version,
    program: 'actionlint',
    versionArgs: ['-version'],
    release: {
      name: `actionlint-${version}-${os}-${arch}`,
      url: `${base}/actionlint_${version}_${os}_${arch}.tar.gz`,
      checksums: `${base}/actionlint_${version}_checksums.txt`,
      member: 'actionlint',
    },
    go: {
      module: 'actionlint',
      packages: ['github.com/rhysd/actionlint/cmd/actionlint'],
      ldflags: [`-X=github.com/rhysd/actionlint.version=${version}`],
      names: {},
    },
  };
}

function pinned(name: ToolName, known: readonly string[], wanted?: string): string {
  const found = known.find(
    version => wanted === undefined || wanted === version || wanted === minor(version),
  );
  if (found === undefined) {
    throw new Error(
      `${name} ${wanted} is not pinned in scripts/tools/catalogue.ts, which has ${known.join(', ')}`,
    );
  }
  return found;
}

function minor(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}
