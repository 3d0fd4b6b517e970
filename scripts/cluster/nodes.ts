import { type Runtime, run } from './runtime.ts';

export interface NodeContainer {
  name: string;
  running: boolean;
}

/** Returns the containers that are the nodes of the kind cluster `cluster`; none when there is no such cluster. */
export async function nodeContainers(runtime: Runtime, cluster: string): Promise<NodeContainer[]> {
  const stdout = await run(runtime, [
    'ps',
    '--all',
    `--filter=label=io.x-k8s.kind.cluster=${cluster}`,
    '--format={{.Names}} {{.State}}',
  ]);
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [name = '', state] = line.split(' ');
      return { name, running: state === 'running' };
    });
}
