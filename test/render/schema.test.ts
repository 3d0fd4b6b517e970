// values.schema.json: what it is, and that Ajv and both Helms refuse by it what they should.
import { describe, expect, test } from 'vitest';
import { helms, refusal, render } from '../support/helm.ts';
import { isObject, type JsonObject } from '../support/json.ts';
import { everything } from '../support/permutations.ts';
import { renderPod } from '../support/pod.ts';
import { coalesce, defaultValues, valuesComplaints, valuesSchema } from '../support/values.ts';
import { type SchemaNode, schemaNodes, typesOf } from '../support/values-schema.ts';
import { leaves, nodes, only, type Path, valueAt } from '../support/values-tree.ts';
import { accepted, type Entry, missedRefusals, refused } from '../support/wrong-values.ts';

const defaults = defaultValues();
const schema = schemaNodes(valuesSchema());
const at = (path: Path): SchemaNode | undefined =>
  schema.find(node => node.path.join('.') === path.join('.'));
const isObjectSchema = ({ schema: node }: SchemaNode): boolean => typesOf(node).includes('object');

/** Returns the entries in as few groups as there can be without two of a group at one path, or one in the other. */
function batches(entries: readonly Entry[]): Entry[][] {
  const groups: Entry[][] = [];
  for (const entry of entries) {
    const apart = ([name]: Entry): boolean =>
      !`${name}.`.startsWith(`${entry[0]}.`) && !`${entry[0]}.`.startsWith(`${name}.`);
    const group = groups.find(candidate => candidate.every(apart));
    if (group === undefined) groups.push([entry]);
    else group.push(entry);
  }
  return groups;
}

/** Returns the values that all entries make together. */
function valuesOf(entries: readonly Entry[]): JsonObject {
  return entries.map(([name, value]) => only(name.split('.'), value)).reduce<JsonObject>(coalesce, {});
}

/** Returns how many keys lead to the open map that holds `path`; undefined when none does. */
function openDepth(path: Path): number | undefined {
  const depth = path.findIndex((_, index) => at(path.slice(0, index))?.schema.additionalProperties === true);
  // Everybody may put something into `global`, but what the chart reads there is as closed as the rest.
  return depth < 0 || path[0] === 'global' ? undefined : depth;
}

describe('the schema', () => {
  test('has an exact draft and refers to nothing outside itself', () => {
    const text = JSON.stringify(valuesSchema());
    expect(valuesSchema().$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(text.match(/"\$ref":"(?!#)[^"]*"/)).toBeNull();
  });

  test('is closed, save where Kubernetes itself says what may stand there', () => {
    const open = schema.filter(node => isObjectSchema(node) && node.schema.additionalProperties !== false);
    const free = open.filter(
      ({ schema: { additionalProperties } }) => typeof additionalProperties !== 'object',
    );
    expect(free.map(({ path }) => path.join('.')).sort()).toEqual([
      'affinity.nodeAffinity',
      'affinity.podAffinity',
      'affinity.podAntiAffinity',
      'containerSecurityContext',
      'extraEnv.*.valueFrom',
      'extraVolumeMounts.[]',
      'extraVolumes.[]',
      'global',
      'persistence.static.[].csi',
      'persistence.static.[].hostPath',
      'persistence.static.[].local',
      'persistence.static.[].nfs',
      'persistence.static.[].nodeAffinity',
      'podSecurityContext',
      'tolerations.[]',
      'topologySpreadConstraints.[]',
    ]);
  });

  test('says the type of everything', () => {
    const known = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
    for (const { path, schema: node } of schema)
      expect(known, path.join('.')).toEqual(expect.arrayContaining([...typesOf(node)]));
  });

  test('describes every key in a sentence', () => {
    for (const { path, schema: node, keys } of schema.slice(1))
      if (keys.length === 0) expect(node.description, path.join('.')).toMatch(/^[A-Z0-9].*\.$/s);
  });

  test('bounds every whole number from below', () => {
    for (const { path, schema: node } of schema)
      if (typesOf(node).includes('integer')) expect(node.minimum, path.join('.')).toBeTypeOf('number');
  });

  test('accepts the defaults, and everything', () => {
    expect(valuesComplaints({})).toEqual([]);
    expect(valuesComplaints(everything)).toEqual([]);
  });
});

describe('the default values', () => {
  test('have a place in the schema, each of them', () => {
    for (const path of nodes(defaults)) {
      const free = path.some((_, index) => at([...path.slice(0, index), '*']) !== undefined);
      if (!free && openDepth(path) === undefined) expect(at(path), path.join('.')).toBeDefined();
    }
  });

  test('cover the schema, save what only Helm or Kubernetes would fill in', () => {
    const missing = schema.filter(
      ({ path }) => path.every(key => key !== '*' && key !== '[]') && valueAt(defaults, path) === undefined,
    );
    // TLS of the operator is set as a whole.
    const names = missing.map(({ path }) => path.join('.')).filter(name => !name.startsWith('operator.tls.'));
    expect(names.sort()).toEqual([
      'affinity.nodeAffinity',
      'affinity.podAffinity',
      'affinity.podAntiAffinity',
      // The condition of a parent chart.
      'enabled',
      'resources.limits',
      'tools.resources.limits',
    ]);
  });

  test('hold no null: Helm 3 keeps it and Helm 4 drops it', () => {
    expect(leaves(defaults).filter(path => valueAt(defaults, path) === null)).toEqual([]);
  });

  test('are all reached by the permutation called everything', () => {
    const kept = leaves(defaults).filter(path => {
      const [before, after] = [valueAt(defaults, path), valueAt(coalesce(defaults, everything), path)];
      return JSON.stringify(before) === JSON.stringify(after);
    });
    // Switches that would take away what the others say, and the settings that bind every container.
    expect(kept.map(path => path.join('.'))).toEqual([
      'mode',
      'operator.tls',
      'image.allowUnsupportedTag',
      'config.allowLargeQuota',
      'persistence.enabled',
      'persistence.shared',
      'persistence.existingClaim',
      'persistence.static',
      'containerSecurityContext.allowPrivilegeEscalation',
      'containerSecurityContext.capabilities.drop',
      'containerSecurityContext.readOnlyRootFilesystem',
      'podSecurityContext.runAsNonRoot',
      'podSecurityContext.seccompProfile.type',
      'statefulSet.updateStrategy.type',
      'exposure.ingress.tls',
      'exposure.gateway.kind',
      'podDisruptionBudget.enabled',
      'serviceAccount.create',
      'rbac.create',
      'global.imageRegistry',
      'global.storageClass',
    ]);
  });
});

describe('refuses', () => {
  test.each(refused)('%s: %j, by Ajv, which names the key', (name, value) => {
    expect(missedRefusals(valuesComplaints, [[name, value]])).toEqual([]);
  });

  // Of wrong keys in an open map Helm says what they are, and where in words of its own.
  test.each(helms)('a parameter without a name, by Ajv and %s', async helm => {
    const values = { persistence: { class: { parameters: { '': 'a' } } } };
    expect(valuesComplaints(values).join()).toContain('/persistence/class/parameters');
    expect(await refusal(values, { helm })).toContain("invalid propertyName ''");
  });

  // Helm names every mistake, so many are tried at once: as many as do not stand in each other's way.
  for (const [index, batch] of batches(refused).entries())
    test.each(helms)(`the same by %s, which names each key (${index + 1})`, async helm => {
      const message = await refusal(valuesOf(batch), { helm });
      expect(message).toContain("values don't meet the specifications of the schema");
      for (const [name] of batch) expect(message).toContain(`at '/${name.replaceAll('.', '/')}`);
    });
});

describe.each([
  [
    'a key that nobody knows, at every level',
    schema
      .filter(node => isObjectSchema(node) && node.schema.additionalProperties === false)
      .filter(({ path }) => at([...path, '*']) === undefined)
      .filter(({ path }) => path.every(key => key !== '*' && key !== '[]'))
      .map(({ path }) => [...path, 'replicas']),
    'typo',
  ],
  [
    'every key with its last letter missing',
    schema
      .filter(({ path }) => path.length > 0 && path.every(key => key !== '*' && key !== '[]'))
      .filter(({ path }) => at(path.slice(0, -1))?.schema.additionalProperties === false)
      .map(({ path }) => [...path.slice(0, -1), (path.at(-1) ?? '').slice(0, -1)])
      .filter(path => at(path) === undefined),
    'typo',
  ],
  [
    'a list where none belongs, at every leaf',
    schema
      .filter(({ schema: node, path }) => path.length > 0 && !typesOf(node).includes('array'))
      .map(({ path }) => path),
    ['list'],
  ],
  [
    'text where none belongs, at every leaf',
    schema
      .filter(({ schema: node, path }) => path.length > 0 && !typesOf(node).includes('string'))
      .map(({ path }) => path),
    'text',
  ],
] as const)('refuses %s', (_, paths, value) => {
  // Of two paths where one holds the other, the outer one cannot be set as well.
  const places = paths
    .filter(path => path.every(key => key !== '*' && key !== '[]'))
    .filter(path => !paths.some(other => other !== path && path.every((key, index) => key === other[index])));
  const values = places.map(path => only(path, value)).reduce<JsonObject>(coalesce, {});

  test('by Ajv, which names each', () => {
    expect(places.length).toBeGreaterThan(10);
    const complaints = valuesComplaints(values);
    for (const path of places) {
      const [parent, key] = [path.slice(0, -1), path.at(-1)];
      const named = [
        `/${path.join('/')} `,
        `${parent.length === 0 ? '/' : `/${parent.join('/')}`} must NOT have additional properties "${key}"`,
      ];
      expect(
        complaints.filter(complaint => named.some(start => complaint.startsWith(start))),
        path.join('.'),
      ).not.toEqual([]);
    }
  });

  test.each(helms)('by %s, which names each', async helm => {
    const lines = (await refusal(values, { helm })).split('\n');
    const pointer = (keys: Path): string => keys.map(key => `/${key}`).join('');
    for (const path of places) {
      const [parent, key] = [path.slice(0, -1), path.at(-1)];
      const unknown = `at '${pointer(parent)}': additional properties `;
      expect(
        // Helm names all unknown keys of one map in one line.
        lines.some(
          line =>
            line.includes(`at '${pointer(path)}'`) || (line.includes(unknown) && line.includes(`'${key}'`)),
        ),
        path.join('.'),
      ).toBe(true);
    }
  });
});

describe('accepts', () => {
  test.each(accepted)('%s: %j', (name, value) => {
    expect(valuesComplaints(only(name.split('.'), value))).toEqual([]);
  });

  for (const [index, batch] of batches(accepted).entries())
    test.each(helms)(`the same by %s, and renders it (${index + 1})`, async helm => {
      expect((await render(valuesOf(batch), { helm })).manifests.length).toBeGreaterThan(6);
    });
});

describe('null', () => {
  // It takes a default away, and templates that read it would go on with nothing: `replicas: 0`.
  // What is inside an open map is between its writer and Kubernetes.
  const paths = leaves(defaults).map(path => path.slice(0, (openDepth(path) ?? path.length) + 1).join('.'));

  const entries = [...new Set(paths)].map((name): Entry => [name, null]);
  const taken = entries.filter(([name]) => valuesComplaints(only(name.split('.'), null)).length === 0);
  const missed = entries.filter(entry => !taken.includes(entry));

  test.each(missed)('for %s is refused by Ajv, which names the key', name => {
    expect(valuesComplaints(only(name.split('.'), null)).join()).toContain(`'${name.split('.').at(-1)}'`);
  });

  test.each(helms)('is refused as often by %s, which names each key', async helm => {
    const lines = (await refusal(valuesOf(missed), { helm })).split('\n').map(line => line.trim());
    for (const [name] of missed) {
      const path = name.split('.');
      const parent = path.slice(0, -1).map(key => `/${key}`);
      const named = lines.filter(line => line.startsWith(`- at '${parent.join('')}': missing propert`));
      expect(named.join(), name).toContain(`'${path.at(-1)}'`);
    }
  });

  test('for a value is refused, save where it leaves the value to etcd, to Kubernetes or to the platform', () => {
    expect(taken.map(([name]) => name)).toEqual([
      'config.featureGates.CompactHashCheck',
      'config.featureGates.InitialCorruptCheck',
      'resources.requests.cpu',
      'resources.requests.memory',
      'keeper.resources.requests.cpu',
      'keeper.resources.requests.memory',
      'keeper.resources.limits.memory',
      'tools.resources.requests.cpu',
      'tools.resources.requests.memory',
      'containerSecurityContext.allowPrivilegeEscalation',
      'containerSecurityContext.capabilities',
      'containerSecurityContext.readOnlyRootFilesystem',
      'podSecurityContext.fsGroup',
      'podSecurityContext.fsGroupChangePolicy',
      'podSecurityContext.runAsGroup',
      'podSecurityContext.runAsNonRoot',
      'podSecurityContext.runAsUser',
      'podSecurityContext.seccompProfile',
      'nodeSelector',
    ]);
  });

  test('for a map is refused, save where it leaves all of it to them', () => {
    const isFullMap = (value: unknown): boolean => isObject(value) && Object.keys(value).length > 0;
    const maps = nodes(defaults).filter(path => isFullMap(valueAt(defaults, path)));
    const passed = maps.filter(path => valuesComplaints(only(path, null)).length === 0);
    expect(passed.map(path => path.join('.'))).toEqual([
      'resources',
      'resources.requests',
      'keeper.resources',
      'keeper.resources.requests',
      'keeper.resources.limits',
      'tools.resources',
      'tools.resources.requests',
      'containerSecurityContext',
      'containerSecurityContext.capabilities',
      'podSecurityContext',
      'podSecurityContext.seccompProfile',
      'global',
    ]);
  });

  test('renders what Kubernetes takes wherever it is not refused', async () => {
    expect(taken.length).toBeGreaterThan(10);
    expect((await render(valuesOf(taken))).manifests.length).toBeGreaterThan(6);
  });

  test('for the number of members is refused', () => {
    expect(valuesComplaints({ replicaCount: null })).not.toEqual([]);
  });

  test('leaves users and groups to the platform', async () => {
    const podSecurityContext = { runAsUser: null, runAsGroup: null, fsGroup: null };
    expect((await renderPod({ podSecurityContext })).securityContext).toEqual({
      fsGroupChangePolicy: 'OnRootMismatch',
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });
});

describe('text stays text', () => {
  test.each(['on', 'null', '0x1f', '012', '~', 'a: b # c', '{{ "%s"'])(
    'also when it is %j, wherever the schema takes it',
    async text => {
      const taken = leaves(defaults)
        // A tag has to contain a version, a volume has to be larger than the quota, and a claim that exists excludes a
        // class that makes volumes.
        .filter(
          path =>
            !/^(image\.tag|tools\.busybox\.tag|persistence\.(existingClaim|size))$/.test(path.join('.')),
        )
        .filter(
          path =>
            typeof valueAt(defaults, path) === 'string' && valuesComplaints(only(path, text)).length === 0,
        );
      const values = [
        ...taken.map(path => only(path, text)),
        { podAnnotations: { text }, extraArgs: { text }, extraEnv: { TEXT: text } },
        { restore: { from: { member: 0 } } },
        { persistence: { class: { create: true, provisioner: 'disks.example' } } },
        // A name that a Service can bear, and a Service that knows most settings.
        {
          fullnameOverride: /^[a-z]+$/.test(text) ? text : 'name',
          exposure: { loadBalancer: { enabled: true } },
        },
      ].reduce<JsonObject>(coalesce, {});
      const pod = await renderPod(values);
      const [etcd] = pod.containers;
      expect(etcd?.args).toContain(`--text=${text}`);
      expect(etcd?.env).toContainEqual({ name: 'TEXT', value: text });
    },
  );
});
