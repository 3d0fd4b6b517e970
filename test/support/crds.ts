// Other people's resources that the chart renders: their definitions, made into schemas as strict as Kubernetes' own.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { isObject } from './json.ts';
import { listMapKeys, type Schema, schemaFile } from './openapi.ts';

interface Definition {
  readonly kind: string;
  readonly apiVersion: string;
  /** The Go module in scripts/modules/crds that holds it; none for a file beside this one. */
  readonly module?: 'cert-manager' | 'gateway-api' | 'prometheus-operator';
  readonly path: string;
  /** SHA-256 of the file. */
  readonly sha256: string;
}

/** Where each module is, and where its repository shows the same files. */
const modules = {
  'cert-manager': {
    module: 'github.com/cert-manager/cert-manager',
    repository: 'cert-manager/cert-manager',
    version: 'v1.21.1',
  },
  'gateway-api': {
    module: 'sigs.k8s.io/gateway-api',
    repository: 'kubernetes-sigs/gateway-api',
    version: 'v1.6.0',
  },
  'prometheus-operator': {
    module: 'github.com/prometheus-operator/prometheus-operator',
    repository: 'prometheus-operator/prometheus-operator',
    version: 'v0.85.0',
  },
} as const;

const gateway = (kind: string, sha256: string): Definition => ({
  kind,
  apiVersion: 'gateway.networking.k8s.io/v1',
  module: 'gateway-api',
  path: `config/crd/standard/gateway.networking.k8s.io_${kind.toLowerCase()}s.yaml`,
  sha256,
});
const monitoring = (kind: string, sha256: string): Definition => ({
  kind,
  apiVersion: 'monitoring.coreos.com/v1',
  module: 'prometheus-operator',
  path: `example/prometheus-operator-crd/monitoring.coreos.com_${kind.toLowerCase()}s.yaml`,
  sha256,
});
const certificates = (kind: string, sha256: string): Definition => ({
  kind,
  apiVersion: 'cert-manager.io/v1',
  module: 'cert-manager',
  path: `deploy/crds/cert-manager.io_${kind.toLowerCase()}s.yaml`,
  sha256,
});

const definitions: readonly Definition[] = [
  certificates('Certificate', '7ad91029c00ec959d54215b19d3b1a9b7e0247eaa60f987151c2b70d8661f8af'),
  certificates('Issuer', '05e37efb02777e0362d24269fa103c2fc11419f9c85e31854ef873e5d9e5c5cc'),
  gateway('Gateway', '7dcaf56db92b197207bc149f049c1be0208bedc8608a56905900d3bfc71b8632'),
  gateway('GRPCRoute', 'a97b717e425979726039c813f308f8ab9686e5478ee5072eec5f94ec61db3bf5'),
  gateway('HTTPRoute', '8c05f321e53b5df6aa4bdbf622a01db9c331f26d7b9723b0fc47001c1341858a'),
  gateway('TLSRoute', 'b3f7a900cb767b7be07fec6d277afe43a9b1db36053fef95beacccb1190fa6ca'),
  monitoring('PodMonitor', '8ce88c52c51209993511cae093089c9525f5552def88119e3f559123ee9d454b'),
  monitoring('PrometheusRule', '98fd16c9ab79fba8dcd6ef62c957c98cd6546ab74ce0a4ecf09ddf2fda03020e'),
  monitoring('ServiceMonitor', '1dae27b7189b5ce7b9ab764656c18b4c75a45cde1e6f3af6a5e84c4317628919'),
  {
    kind: 'EtcdCluster',
    apiVersion: 'operator.etcd.io/v1alpha1',
    path: 'crds/etcdclusters.yaml',
    sha256: '6351aef0d8c7d34cc69b2efedc4222ba3dc13d73d9ba4d4dcfe27516fc5798a7',
  },
  {
    kind: 'IngressRouteTCP',
    apiVersion: 'traefik.io/v1alpha1',
    path: 'crds/ingressroutetcps.yaml',
    sha256: '071d895f3dadf84915371871fdccd4d78e1734507335c57dbf43375cda8e3a02',
  },
];

/** What a cluster with all of these resources serves besides Kubernetes' own: groups with versions, and kinds. */
export const customApis: readonly string[] = [
  ...new Set(definitions.flatMap(({ apiVersion, kind }) => [apiVersion, `${apiVersion}/${kind}`])),
];

/** Returns what the schemas depend on, as one text: it changes when any of the files does. */
export function customChecksum(): string {
  return createHash('sha256')
    .update(definitions.map(({ sha256 }) => sha256).join())
    .digest('hex');
}

/** The definition that Kubernetes gives the metadata of every object. */
const metadata = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/**
 * Returns the schema of every custom kind, by file name as `schemaFile` gives it. `shared` are Kubernetes' own
 * definitions that its metadata needs. Throws when a file can be had from nowhere, or is another one than it was.
 */
export async function customSchemas(shared: Schema): Promise<Map<string, Schema>> {
  const entries = definitions.map(async definition => {
    const { apiVersion, kind } = definition;
    const schema = strict(await openApiOf(definition));
    const properties = schema.properties as Readonly<Record<string, Schema>>;
    const { status, ...wanted } = properties;
    return [
      schemaFile(apiVersion, kind),
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        ...schema,
        properties: {
          ...wanted,
          apiVersion: { type: 'string', enum: [apiVersion] },
          kind: { type: 'string', enum: [kind] },
          metadata: { $ref: `#/definitions/${metadata}` },
        },
        required: ['apiVersion', 'kind', 'metadata', ...('spec' in wanted ? ['spec'] : [])],
        definitions: shared,
      },
    ] as const;
  });
  return new Map(await Promise.all(entries));
}

/** The part of a structural schema that these resources use. */
interface Structural {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Structural>>;
  readonly additionalProperties?: Structural | boolean;
  readonly items?: Structural;
  readonly required?: readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}

const bounds = [
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
];
const formats = ['int32', 'int64', 'float', 'double', 'byte', 'date-time', 'uri'];

/** Rules between fields (CEL, anyOf) are left to the API server; types, bounds and unknown keys are not. */
function strict(node: Structural): Schema {
  if (node['x-kubernetes-int-or-string'] === true) return { type: ['integer', 'string'] };
  const kept = Object.fromEntries(Object.entries(node).filter(([key]) => bounds.includes(key)));
  const { type, format = '', pattern, items } = node;
  if (type === 'array')
    return {
      type,
      ...kept,
      items: strict(items ?? {}),
      ...(node['x-kubernetes-list-type'] === 'set' ? { uniqueItems: true } : {}),
      ...(node[listMapKeys] === undefined ? {} : { [listMapKeys]: node[listMapKeys] }),
    };
  if (type === 'object') return { ...kept, ...strictObject(node) };
  return {
    ...(type === undefined ? {} : { type }),
    ...kept,
    ...(formats.includes(format) ? { format } : {}),
    ...(pattern === undefined || !isPattern(pattern) ? {} : { pattern }),
  };
}

function strictObject(node: Structural): Schema {
  const { properties, additionalProperties: more, required = [] } = node;
  const open = node['x-kubernetes-preserve-unknown-fields'] === true;
  return {
    type: 'object',
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, inner]) => [key, strict(inner)]),
          ),
          required,
        }),
    additionalProperties: open || (isObject(more) ? strict(more) : more === true),
  };
}

/** Patterns are written for Go; one that JavaScript reads differently is left to the API server. */
function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u').source !== '';
  } catch {
    return false;
  }
}

async function openApiOf(definition: Definition): Promise<Structural> {
  const text = await textOf(definition);
  const { kind, apiVersion, path, sha256 } = definition;
  const actual = createHash('sha256').update(text).digest('hex');
  if (actual !== sha256)
    throw new Error(`${path} has SHA-256 ${actual}, expected ${sha256} (test/support/crds.ts)`);
  const { spec } = parse(text) as {
    spec: { versions: { name: string; schema: { openAPIV3Schema: Structural } }[] };
  };
  const version = spec.versions.find(({ name }) => apiVersion.endsWith(`/${name}`));
  if (version === undefined) throw new Error(`${path} has no ${kind} in ${apiVersion}`);
  return version.schema.openAPIV3Schema;
}

async function textOf({ module: name, path }: Definition): Promise<string> {
  if (name === undefined) return readFile(join(import.meta.dirname, path), 'utf8');
  const { module, repository, version } = modules[name];
  const cwd = join(import.meta.dirname, '..', '..', 'scripts', 'modules', 'crds');
  const go = await execa('go', ['mod', 'download', '-json', module], { cwd, reject: false });
  if (go.exitCode === 0) {
    const { Dir } = JSON.parse(go.stdout) as { Dir: string };
    return readFile(join(Dir, path), 'utf8');
  }
  const url = `https://raw.githubusercontent.com/${repository}/${version}/${path}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) }).catch((error: unknown) =>
    String(error),
  );
  if (typeof response !== 'string' && response.ok) return response.text();
  throw new Error(
    [
      `${path} cannot be had. Install Go (https://go.dev/dl) or open the way to GitHub.`,
      `  ${go.command}: ${go.stderr || go.stdout || go.shortMessage}`,
      `  ${url}: ${typeof response === 'string' ? response : `HTTP ${response.status}`}`,
    ].join('\n'),
  );
}
