import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ExecaError, execa } from 'execa';
import type { Access } from '../cluster/kubectl.ts';
import type { Report } from '../progress.ts';
import { tool } from '../tools/tool.ts';
import { apiOf } from './api.ts';
import type { List, Metadata } from './objects.ts';

export type HelmName = 'helm' | 'helm3';

export interface ReleaseReference {
  cluster: Access;
  release: string;
  namespace: string;
  /** Helm 4 by default. */
  helm?: HelmName;
}

export interface InstallOptions extends ReleaseReference {
  values?: object;
  /** Directory of the chart; this repository's by default. */
  chart?: string;
  report?: Report | undefined;
}

const ownChart = fileURLToPath(new URL('../../chart', import.meta.url));

/**
 * `helm upgrade --install` of the chart, the values on its standard input. Does not wait for the members.
 * A release that an interrupted run left pending is taken over. Throws an Error with the command and Helm's
 * own words.
 */
export async function installChart(options: InstallOptions): Promise<void> {
  const { release, namespace, values = {}, chart = ownChart, report } = options;
  const args = ['upgrade', '--install', release, chart, '--create-namespace', '--values', '-'];
  report?.(`helm upgrade --install ${release} ${chart} --namespace ${namespace}`);
  const input = JSON.stringify(values);
  try {
    await runHelm(options, args, input);
  } catch (error) {
    if (!String(error).includes('another operation (install/upgrade/rollback) is in progress')) throw error;
    await forgetInterrupted(options);
    await runHelm(options, args, input);
  }
}

/** `helm uninstall`; the volume claims stay. That there is no such release is right too. */
export async function uninstallChart(options: ReleaseReference): Promise<void> {
  await runHelm(options, ['uninstall', options.release, '--ignore-not-found']);
}

/** Runs Helm against the release's cluster and namespace; returns its output. Throws with Helm's own words. */
export async function runHelm(
  { cluster, namespace, helm = 'helm' }: Omit<ReleaseReference, 'release'>,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const program = await tool(helm);
  const target = [
    '--kubeconfig',
    cluster.kubeconfig,
    '--kube-context',
    cluster.context,
    '--namespace',
    namespace,
  ];
  try {
    const result = await execa(
      program,
      [...args, ...target],
      input === undefined ? { stdin: 'ignore' } : { input },
    );
    return result.stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const values = input === undefined ? '' : `\nvalues: ${input}`;
    throw new Error(`${error.command}\n${error.stderr}${values}`, { cause: error });
  }
}

const INTERRUPTED_AFTER = 30_000;

interface ReleaseSecret {
  metadata: Metadata & { labels: { status: string; version: string } };
}

/**
 * Helm marks a release before it changes anything, and a Helm that was killed leaves the mark for ever. Its
 * own way out (uninstall) would stop the members, so only the mark goes: the next upgrade adopts what is there.
 * A mark younger than half a minute may be a Helm at work and is waited for.
 */
async function forgetInterrupted({ cluster, release, namespace, report }: InstallOptions): Promise<void> {
  const api = await apiOf(cluster);
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  const selector = encodeURIComponent(`owner=helm,name=${release}`);
  for (;;) {
    const { items } = await api.json<List<ReleaseSecret>>('GET', `${secrets}?labelSelector=${selector}`);
    const pending = items.filter(({ metadata }) => metadata.labels.status.startsWith('pending-'));
    if (pending.length === 0) return;
    for (const { metadata } of pending) {
      if (Date.now() - Date.parse(metadata.creationTimestamp ?? '') < INTERRUPTED_AFTER) continue;
      report?.(`revision ${metadata.labels.version} of ${release} was interrupted: taking it over`);
      await api.remove(`${secrets}/${metadata.name}`);
    }
    await sleep(1000);
  }
}
