// `npm start`: from a bare machine to a healthy etcd on Kubernetes, and a demonstration of it.
import { type StartArguments, startArguments, startHelp } from './cluster/arguments.ts';
import { closingText } from './cluster/closing-text.ts';
import { type Cluster, ensureCluster, ensureImages } from './cluster/cluster.ts';
import { type Access, kubectl } from './cluster/kubectl.ts';
import { personContext } from './cluster/person-context.ts';
import { showLockHandover } from './demo/lock-handover.ts';
import { chartImages, clientImage } from './images/chart-images.ts';
import { runSteps, type Step } from './progress.ts';
import { installChart } from './release/chart.ts';
import { waitForVoters } from './release/voters.ts';
import { tool } from './tools/tool.ts';

const release = 'etcd';
const namespace = 'etcd';
const votersWithin = 300_000;

// What is half-made is replaced or gone on with by the next run; containers and locks of this one need no goodbye.
process.once('SIGINT', () => {
  const showCursor = process.stdout.isTTY ? '\u001b[?25h' : '';
  process.stdout.write(
    `${showCursor}\nInterrupted. Run npm start again: it goes on from the last finished step.\n`,
  );
  process.exit(130);
});

try {
  const options = startArguments(process.argv.slice(2));
  if (options.help) console.log(startHelp);
  else if (options.context === undefined) await startLocally(options);
  else await startInContext(options.context);
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function startLocally({ workers, kubernetes }: StartArguments): Promise<void> {
  let cluster: Cluster | undefined;
  await runSteps([
    {
      title: 'Tools',
      run: async report => {
        for (const name of ['kind', 'kubectl', 'helm'] as const) await tool(name, { report });
      },
    },
    {
      title: 'Kubernetes cluster',
      keep: true,
      run: async report => {
        cluster = await ensureCluster({ workers, kubernetes, report });
      },
    },
    {
      title: 'Images',
      run: report => ensureImages(made(cluster), [...chartImages, clientImage], report),
    },
    ...etcdSteps(() => made(cluster)),
  ]);
  console.log(closingText({ access: made(cluster), ownContext: false, namespace, set: release }));
}

async function startInContext(name: string): Promise<void> {
  const own = await personContext(name);
  try {
    await runSteps(etcdSteps(() => own));
  } finally {
    await own.close();
  }
  console.log(closingText({ access: own, ownContext: true, namespace, set: release }));
}

function etcdSteps(access: () => Access): Step[] {
  let count = 3;
  const reference = () => ({ cluster: access(), namespace, set: release });
  return [
    {
      title: 'etcd',
      run: async report => {
        count = await wantedMembers(access());
        await installChart({
          cluster: access(),
          release,
          namespace,
          values: { replicaCount: count },
          report,
        });
      },
    },
    {
      title: 'Every member a healthy voter',
      run: async report => {
        report(`waiting for ${count} members`);
        await waitForVoters({ ...reference(), count, timeout: votersWithin });
      },
    },
    {
      title: 'A lock changes hands while the leader is deleted',
      keep: true,
      run: report => showLockHandover({ ...reference(), report }),
    },
  ];
}

// Helm refuses an upgrade that would undo `kubectl scale`.
async function wantedMembers(access: Access): Promise<number> {
  const query = ['get', 'statefulset', release, `--namespace=${namespace}`, '--ignore-not-found'];
  const replicas = await kubectl(access, [...query, '--output=jsonpath={.spec.replicas}']);
  if (replicas === '') return 3;
  if (replicas === '0') {
    throw new Error(
      `etcd is scaled to 0 and hibernates. Wake it first: kubectl -n ${namespace} scale statefulset ${release} --replicas=3`,
    );
  }
  return Number(replicas);
}

function made(cluster: Cluster | undefined): Cluster {
  if (cluster === undefined) throw new Error('the step that makes the cluster has not run');
  return cluster;
}
