// What must hold for every render, whatever the values.
import { describe, expect, test } from 'vitest';
import { type Rendered, render } from '../support/helm.ts';
import {
  type ConfigMap,
  clusterWide,
  type KubernetesObject,
  type PodSpec,
  type Role,
  type RoleBinding,
  type Service,
  type StatefulSet,
} from '../support/objects.ts';
import { permutations } from '../support/permutations.ts';
import { containersOf } from '../support/pod.ts';
import { breaches } from '../support/pod-security.ts';

function objects<T extends KubernetesObject>({ manifests }: Rendered, wanted: string): T[] {
  return manifests.filter(({ kind }) => kind === wanted).map(({ object }) => object as T);
}

describe.each(permutations)('$name', ({ values, options }) => {
  const rendered = (): Promise<Rendered> => render(values, options);
  const set = async (): Promise<StatefulSet> => {
    const [first] = objects<StatefulSet>(await rendered(), 'StatefulSet');
    if (first === undefined) throw new Error('There is no StatefulSet');
    return first;
  };
  const pod = async (): Promise<PodSpec> => (await set()).spec.template.spec;

  test('every object names its namespace, if it has one', async () => {
    for (const { kind, object } of (await rendered()).manifests) {
      const namespace = clusterWide.includes(kind) ? undefined : (options?.namespace ?? 'default');
      expect(object.metadata.namespace, kind).toBe(namespace);
    }
  });

  test('every name is one that Kubernetes takes', async () => {
    for (const { kind, name } of (await rendered()).manifests) {
      expect(name, kind).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
      expect(name.length, `${kind} ${name}`).toBeLessThanOrEqual(clusterWide.includes(kind) ? 253 : 63);
    }
    // Kubernetes labels the pods with this name, a dash and a hash of up to ten characters.
    expect((await set()).metadata.name.length).toBeLessThanOrEqual(52);
  });

  test('every label is one that Kubernetes takes', async () => {
    const { spec } = await set();
    const { manifests } = await rendered();
    const labelled = [
      ...manifests.map(({ object }) => object),
      spec.template,
      ...(spec.volumeClaimTemplates ?? []),
    ];
    for (const [key, value] of labelled.flatMap(({ metadata }) => Object.entries(metadata.labels ?? {}))) {
      expect(key).toMatch(/^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/);
      expect(value).toMatch(/^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/);
    }
  });

  test('every selector finds the pods, and only by what never changes', async () => {
    const { spec } = await set();
    const selectors = [
      spec.selector.matchLabels,
      ...objects<Service>(await rendered(), 'Service').map(service => service.spec.selector ?? {}),
      ...objects<{ spec: StatefulSet['spec'] } & KubernetesObject>(
        await rendered(),
        'PodDisruptionBudget',
      ).map(budget => budget.spec.selector.matchLabels),
    ];
    for (const selector of selectors) {
      expect(Object.keys(selector).sort()).toEqual([
        'app.kubernetes.io/component',
        'app.kubernetes.io/instance',
        'app.kubernetes.io/name',
      ]);
      expect(spec.template.metadata.labels).toMatchObject(selector);
    }
  });

  test('every port of a Service leads to a port of the container', async () => {
    const ports = (await pod()).containers.flatMap(container => container.ports ?? []);
    for (const service of objects<Service>(await rendered(), 'Service'))
      for (const { name, port, targetPort } of service.spec.ports ?? []) {
        const target = ports.find(candidate => candidate.name === targetPort);
        expect(target?.containerPort, `${service.metadata.name} ${name} ${targetPort}`).toBe(port);
      }
  });

  test('every mount has its volume, and every volume is mounted', async () => {
    const { volumes = [], ...spec } = await pod();
    const claims = (await set()).spec.volumeClaimTemplates ?? [];
    const offered = [...volumes.map(({ name }) => name), ...claims.map(({ metadata }) => metadata.name)];
    const mounted = containersOf({ ...spec, volumes }).flatMap(({ volumeMounts = [] }) => volumeMounts);
    expect(new Set(offered).size, 'no volume is there twice').toBe(offered.length);
    expect([...new Set(mounted.map(({ name }) => name))].sort()).toEqual(offered.sort());
  });

  test('no mount hides another one of its container', async () => {
    for (const { name, volumeMounts = [] } of containersOf(await pod())) {
      const paths = volumeMounts.map(({ mountPath }) => mountPath);
      for (const path of paths)
        for (const other of paths)
          expect(path !== other && path.startsWith(`${other}/`), `${name}: ${path} in ${other}`).toBe(false);
    }
  });

  test('every container is restricted', async () => {
    expect(breaches(await pod())).toEqual([]);
  });

  test('every ConfigMap that is mounted is there', async () => {
    const there = objects<ConfigMap>(await rendered(), 'ConfigMap').map(({ metadata }) => metadata.name);
    // Kubernetes puts its own certificate authority into every namespace.
    there.push('kube-root-ca.crt');
    const mounted = ((await pod()).volumes ?? []).flatMap(({ configMap, projected }) => [
      ...(configMap === undefined ? [] : [configMap.name]),
      ...(projected?.sources ?? []).flatMap(source => source.configMap?.name ?? []),
    ]);
    for (const name of mounted) expect(there).toContain(name);
  });

  test('the account of the pods is there and has the role', async () => {
    const { serviceAccountName } = await pod();
    const accounts = objects(await rendered(), 'ServiceAccount').map(({ metadata }) => metadata.name);
    const bindings = objects<RoleBinding>(await rendered(), 'RoleBinding');
    const roles = objects<Role>(await rendered(), 'Role').map(({ metadata }) => metadata.name);
    expect(accounts).toEqual(serviceAccountName === 'theirs' ? [] : [serviceAccountName]);
    expect(bindings.length).toBe(roles.length);
    for (const { roleRef, subjects } of bindings) {
      expect(roleRef).toEqual({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: roles[0] });
      expect(subjects).toEqual([
        { kind: 'ServiceAccount', name: serviceAccountName, namespace: options?.namespace ?? 'default' },
      ]);
    }
  });

  test('no variable of a container is set twice', async () => {
    for (const { name, env = [] } of containersOf(await pod())) {
      const names = env.map(variable => variable.name);
      expect(new Set(names).size, name).toBe(names.length);
    }
  });

  test('no variable is one that etcd takes for a flag', async () => {
    const names = containersOf(await pod()).flatMap(({ env = [] }) => env.map(({ name }) => name));
    expect(names.filter(name => /^ETCD/.test(name))).toEqual([]);
  });

  test('no argument is given twice', async () => {
    for (const { name, args = [] } of containersOf(await pod())) {
      const flags = args.map(argument => argument.split('=')[0]);
      expect(new Set(flags).size, name).toBe(flags.length);
    }
  });

  test('every container asks for resources, and for no more than it may use', async () => {
    for (const { name, resources } of containersOf(await pod())) {
      const { requests = {}, limits = {} } = resources ?? {};
      expect(Object.keys(requests).sort(), name).toEqual(['cpu', 'memory']);
      expect(limits.cpu, `${name}: a CPU limit stalls heartbeats`).toBeUndefined();
      if (limits.memory !== undefined)
        expect(bytes(requests.memory), name).toBeLessThanOrEqual(bytes(limits.memory));
    }
  });

  test('the output is tidy, and nothing in it is a leftover of a template', async () => {
    for (const document of (await rendered()).text.split(/^---\n/m)) {
      expect(document).not.toMatch(/\n{3,}|\t|\S[ ]+$/m);
      // A script may say what it wants, and Helm's functions indent its blank lines.
      if (document.includes('kind: ConfigMap')) continue;
      expect(document).not.toMatch(/^[ ]+$/m);
      expect(document).not.toMatch(/<no value>|<nil>|map\[|%!|e\+\d\d|\{\{/);
    }
  });
});

function bytes(quantity = ''): number {
  const [, number, unit] = /^(\d+)([KMGT]i)$/.exec(quantity) ?? [];
  const power = ['Ki', 'Mi', 'Gi', 'Ti'].indexOf(unit ?? '') + 1;
  if (number === undefined || power === 0)
    throw new Error(`"${quantity}" is no quantity of memory that this test reads`);
  return Number(number) * 1024 ** power;
}
