// What is inside a pod fits together, and may do no more than it has to.
import type { Container } from '../objects.ts';
import { containersOf } from '../pod.ts';
import { breaches } from '../pod-security.ts';
import { type Invariant, type Scene, texts } from './invariant.ts';
import { type Workload, workloads } from './workloads.ts';

/** Returns what `find` finds in the pods of each workload, with whose they are. */
function inPods(find: (workload: Workload, scene: Scene) => string[]): (scene: Scene) => string[] {
  return scene =>
    workloads(scene.rendered).flatMap(workload =>
      find(workload, scene).map(line => `${workload.title}: ${line}`),
    );
}

/** Returns what `find` finds in each container, with its name. */
function inContainers(find: (container: Container) => string[]): (scene: Scene) => string[] {
  return inPods(({ spec }) =>
    containersOf(spec).flatMap(container => find(container).map(line => `${container.name}: ${line}`)),
  );
}

function twice(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

export const podInvariants: readonly Invariant[] = [
  {
    name: 'every mount has its volume, and every volume is mounted',
    complaints: inPods(({ spec, claims }, { values }) => {
      // A volume that the person adds may wait for a mount of theirs.
      const theirs = texts(values.extraVolumes);
      const offered = [
        ...(spec.volumes ?? []).map(({ name }) => name),
        ...claims.map(({ metadata }) => metadata.name),
      ];
      const mounted = containersOf(spec)
        .flatMap(({ volumeMounts = [] }) => volumeMounts)
        .map(({ name }) => name);
      return [
        ...twice(offered).map(name => `the volume ${name} is there twice`),
        ...mounted.filter(name => !offered.includes(name)).map(name => `nothing offers the volume ${name}`),
        ...offered
          .filter(name => !mounted.includes(name) && !theirs.includes(name))
          .map(name => `nobody mounts the volume ${name}`),
      ];
    }),
  },
  {
    name: 'no mount hides another one of its container',
    complaints: inContainers(({ volumeMounts = [] }) => {
      const paths = volumeMounts.map(({ mountPath }) => mountPath);
      return paths.flatMap(path =>
        paths.filter(other => path.startsWith(`${other}/`)).map(other => `${path} lies in ${other}`),
      );
    }),
  },
  {
    name: 'every container is restricted as Pod Security wants it',
    complaints: inPods(({ spec }) => breaches(spec)),
  },
  {
    name: 'no variable of a container is set twice',
    complaints: inContainers(({ env = [] }) => twice(env.map(({ name }) => name))),
  },
  {
    name: 'no variable is one that etcd takes for a flag',
    complaints: inContainers(({ env = [] }) =>
      env.map(({ name }) => name).filter(name => name.startsWith('ETCD')),
    ),
  },
  {
    name: 'no argument is given twice',
    complaints: inContainers(({ args = [] }) =>
      twice(args.filter(argument => argument.startsWith('--')).map(argument => argument.replace(/=.*/s, ''))),
    ),
  },
  {
    name: 'every image has a tag or a digest, and none of them is a moving one',
    complaints: inPods(({ spec }) =>
      [
        ...containersOf(spec).map(({ image }) => image),
        ...(spec.volumes ?? []).flatMap(({ image }) => image?.reference ?? []),
      ].filter(image => !/(:[\w][\w.-]*|@sha256:[0-9a-f]{64})$/.test(image) || /:latest$/.test(image)),
    ),
  },
  {
    name: 'every container asks for resources, and for no more than it may use',
    complaints: inContainers(({ resources: { requests = {}, limits = {} } = {} }) => [
      ...['cpu', 'memory'].filter(name => !(name in requests)).map(name => `asks for no ${name}`),
      ...('cpu' in limits ? ['has a CPU limit, which stalls heartbeats'] : []),
      ...(limits.memory !== undefined &&
      requests.memory !== undefined &&
      bytes(requests.memory) > bytes(limits.memory)
        ? [`asks for ${requests.memory} of ${limits.memory}`]
        : []),
    ]),
  },
];

function bytes(quantity: string | number): number {
  const [, number, unit] = /^(\d+)([KMGT]i)?$/.exec(String(quantity)) ?? [];
  if (number === undefined) throw new Error(`"${quantity}" is no quantity of memory that this check reads`);
  return Number(number) * 1024 ** (['Ki', 'Mi', 'Gi', 'Ti'].indexOf(unit ?? '') + 1);
}
