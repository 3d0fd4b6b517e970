// How shell and kubectl reach the pod, and where all images come from.
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../support/json.ts';
import type { PodSpec } from '../support/objects.ts';
import { container, containersOf, mounts, renderPod, volume } from '../support/pod.ts';

const digest = `sha256:${'fedcba9876543210'.repeat(4)}`;
const mounted = { tools: { source: 'imageVolume' } };
const copied = { tools: { source: 'copy' } };

/** Returns every image of a pod by what it is for. */
function images(pod: PodSpec): Record<string, string | undefined> {
  const volumes = (pod.volumes ?? []).flatMap(({ name, image }) =>
    image === undefined ? [] : [[name, image.reference]],
  );
  return Object.fromEntries([...containersOf(pod).map(({ name, image }) => [name, image]), ...volumes]);
}

describe('auto', () => {
  test.each(['1.36.0', '1.36.3', '1.37.2', '1.36.0-gke.1234000', 'v1.36.1-eks-0a1b2c3', '1.37.0+k3s1'])(
    'mounts the images on Kubernetes %s',
    async kubeVersion => {
      expect(await renderPod({}, { kubeVersion })).toEqual(await renderPod(mounted, { kubeVersion }));
    },
  );

  test.each(['1.34.4', '1.35.4', '1.35.9-gke.1234000', 'v1.35.9-eks-0a1b2c3'])(
    'copies from the images on Kubernetes %s',
    async kubeVersion => {
      expect(await renderPod({}, { kubeVersion })).toEqual(await renderPod(copied, { kubeVersion }));
    },
  );
});

describe('mounted tools', () => {
  test('are read-only volumes of the images, without any init container', async () => {
    const pod = await renderPod(mounted);
    expect(pod.initContainers).toBeUndefined();
    expect(volume(pod, 'busybox').image?.reference).toMatch(/^docker\.io\/library\/busybox:.+-musl$/);
    expect(volume(pod, 'kubectl').image?.reference).toMatch(/^registry\.k8s\.io\/kubectl:v1\.\d+\.\d+$/);
    for (const { name, volumeMounts } of pod.containers) {
      expect(volumeMounts, name).toContainEqual({
        name: 'busybox',
        mountPath: '/opt/busybox',
        readOnly: true,
      });
      expect(volumeMounts, name).toContainEqual({
        name: 'kubectl',
        mountPath: '/opt/kubectl',
        readOnly: true,
      });
    }
  });
});

describe('copied tools', () => {
  test('come from the same images, busybox first', async () => {
    const pod = await renderPod(copied);
    expect(pod.initContainers?.map(({ name }) => name)).toEqual(['copy-busybox', 'copy-kubectl']);
    const { 'copy-busybox': busybox, 'copy-kubectl': kubectl } = images(pod);
    expect(images(await renderPod(mounted))).toMatchObject({ busybox, kubectl });
  });

  test('lie at the paths where the images have them when mounted', async () => {
    const pod = await renderPod(copied);
    expect(container(pod, 'copy-busybox').command).toEqual([
      '/bin/busybox',
      'sh',
      '-c',
      'mkdir -p /opt/busybox/bin /opt/kubectl/bin && cp /bin/busybox /opt/busybox/bin/busybox && /opt/busybox/bin/busybox --install -s /opt/busybox/bin',
    ]);
    // The kubectl image has no shell and no cp.
    expect(container(pod, 'copy-kubectl').command).toEqual([
      '/opt/busybox/bin/busybox',
      'cp',
      '/bin/kubectl',
      '/opt/kubectl/bin/kubectl',
    ]);
  });

  test('can be written by the copying containers alone', async () => {
    const pod = await renderPod(copied);
    expect(volume(pod, 'tools').emptyDir).toEqual({});
    for (const { name, volumeMounts = [] } of containersOf(pod)) {
      const mount = volumeMounts.find(candidate => candidate.name === 'tools');
      expect(mount?.mountPath, name).toBe('/opt');
      expect(mount?.readOnly ?? false, name).toBe(!name.startsWith('copy-'));
    }
  });

  test('cost the copying containers nothing else', async () => {
    for (const { name, ...init } of (await renderPod(copied)).initContainers ?? []) {
      expect(Object.values(mounts({ name, ...init })), name).toEqual(['tools']);
      expect(init.env, name).toBeUndefined();
    }
  });

  test('change nothing else of the pod', async () => {
    const tools = ['busybox', 'kubectl', 'tools'];
    const rest = async (values: JsonObject): Promise<object> => {
      const { initContainers, containers, volumes = [], ...pod } = await renderPod(values);
      return {
        ...pod,
        volumes: volumes.filter(({ name }) => !tools.includes(name)),
        containers: containers.map(({ volumeMounts = [], ...other }) => ({
          ...other,
          volumeMounts: volumeMounts.filter(({ name }) => !tools.includes(name)),
        })),
      };
    };
    expect(await rest(copied)).toEqual(await rest(mounted));
  });

  test('take their resources from the values', async () => {
    const resources = { requests: { cpu: '5m', memory: '8Mi' } };
    for (const init of (await renderPod({ tools: { source: 'copy', resources } })).initContainers ?? [])
      expect(init.resources, init.name).toEqual(resources);
  });
});

describe.each([
  ['mounted', 'imageVolume', 'busybox', 'kubectl'],
  ['copied', 'copy', 'copy-busybox', 'copy-kubectl'],
])('images, tools %s', (_, source, busybox, kubectl) => {
  const all = async (values: JsonObject): Promise<Record<string, string | undefined>> => {
    const { tools = {}, ...rest } = values;
    return images(await renderPod({ ...rest, tools: { ...(tools as JsonObject), source } }));
  };

  test('are the official ones', async () => {
    const { etcd, keeper, [busybox]: shell, [kubectl]: client, ...others } = await all({});
    expect(etcd).toBe('gcr.io/etcd-development/etcd:v3.7.3');
    expect(keeper).toBe(etcd);
    expect(shell).toMatch(/^docker\.io\/library\/busybox:/);
    expect(client).toMatch(/^registry\.k8s\.io\/kubectl:/);
    expect(others).toEqual({});
  });

  test('come from the registry, repository, tag and digest of the values', async () => {
    const image = { registry: 'mirror.example:5000', repository: 'a/b', tag: 'v3.7.2', digest };
    const tool = { ...image, tag: '1.37.0-musl' };
    const found = await all({ image, tools: { busybox: tool, kubectl: tool } });
    expect(found).toEqual({
      etcd: `mirror.example:5000/a/b:v3.7.2@${digest}`,
      keeper: `mirror.example:5000/a/b:v3.7.2@${digest}`,
      [busybox]: `mirror.example:5000/a/b:1.37.0-musl@${digest}`,
      [kubectl]: `mirror.example:5000/a/b:1.37.0-musl@${digest}`,
    });
  });

  test('come all from the global registry', async () => {
    const references = Object.values(await all({ global: { imageRegistry: 'mirror.example' } }));
    expect(references.length).toBe(4);
    for (const reference of references) expect(reference).toMatch(/^mirror\.example\//);
  });

  test('are pulled when the values say', async () => {
    const pod = await renderPod({
      image: { pullPolicy: 'Always' },
      tools: { source, busybox: { pullPolicy: 'Never' }, kubectl: { pullPolicy: 'Always' } },
    });
    const policies = [
      ...containersOf(pod).map(({ name, imagePullPolicy }) => [name, imagePullPolicy]),
      ...(pod.volumes ?? []).flatMap(({ name, image }) =>
        image === undefined ? [] : [[name, image.pullPolicy]],
      ),
    ];
    expect(Object.fromEntries(policies)).toEqual({
      etcd: 'Always',
      keeper: 'Always',
      [busybox]: 'Never',
      [kubectl]: 'Always',
    });
  });
});
