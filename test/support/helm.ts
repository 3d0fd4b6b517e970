// Renders the chart and believes nothing that comes out of it.
import { stringify } from 'yaml';
import { versions } from '../../scripts/tools/catalogue.ts';
import { customApis } from './crds.ts';
import { type HelmName, runHelm } from './helm-program.ts';
import type { JsonObject } from './json.ts';
import { releaseOf } from './kubernetes.ts';
import { parseManifests } from './manifest.ts';
import type { ConfigMap } from './objects.ts';
import { chartDirectory } from './project.ts';
import { quick } from './quick.ts';
import { type Rendered, readRendered, refusedByKubernetes } from './rendered.ts';
import { temporaryChart } from './temporary-chart.ts';

export type { HelmName } from './helm-program.ts';
export type { Rendered } from './rendered.ts';

/** Both Helms that the chart supports, the default first. */
export const bothHelms: readonly HelmName[] = ['helm', 'helm3'];

/** The Helms that tests try one after the other: both, or the default alone when it has to be quick. */
export const helms: readonly HelmName[] = quick ? ['helm'] : bothHelms;

export interface RenderOptions {
  /** The Kubernetes version to render for; the newest supported one by default. */
  readonly kubeVersion?: string;
  /** What the cluster serves besides Kubernetes' own, `monitoring.coreos.com/v1`; all that crds.ts knows by default. */
  readonly apiVersions?: readonly string[];
  /** Name of the release, `etcd` by default. */
  readonly release?: string;
  readonly namespace?: string;
  /** Render as for `helm upgrade`; as for `helm install` by default. */
  readonly upgrade?: boolean;
  readonly helm?: HelmName;
  /** Directory of the chart, this project's by default. */
  readonly chart?: string;
  /** Leave the values' schema aside, to hear what the templates say. */
  readonly skipSchema?: boolean;
}

/** A render that failed, or that Kubernetes would refuse. */
export class RenderError extends Error {
  override readonly name = 'RenderError';
  readonly values: JsonObject;
  readonly command: string;
  readonly stderr: string;

  constructor(problem: string, run: { values: JsonObject; command: string; stderr: string }) {
    const stderr = run.stderr.trim() || '(empty)';
    super(
      [
        problem,
        `values:\n${indent(stringify(run.values))}`,
        `command: ${run.command}`,
        `stderr:\n${indent(stderr)}`,
      ].join('\n'),
    );
    this.values = run.values;
    this.command = run.command;
    this.stderr = run.stderr;
  }
}

const renders = new Map<string, Promise<Rendered>>();

/**
 * Renders the chart with `values` and returns its objects, each checked against the strict schema of its
 * kind by Ajv and all together by kubeconform. Renders of the same values are shared and frozen.
 * Throws RenderError when Helm refuses, warns, or prints what Kubernetes would refuse.
 */
export function render(values: JsonObject = {}, options: RenderOptions = {}): Promise<Rendered> {
  const key = JSON.stringify([values, options]);
  let rendered = renders.get(key);
  if (rendered === undefined) {
    rendered = renderAfresh(values, options);
    renders.set(key, rendered);
  }
  return rendered;
}

/** Returns what `helm template` prints for `values`, unchecked. Throws RenderError when it refuses or warns. */
export async function template(values: JsonObject = {}, options: RenderOptions = {}): Promise<string> {
  return (await helmTemplate(values, options)).stdout;
}

/** Returns what Helm says when it refuses `values`. Throws when it renders them. */
export async function refusal(values: JsonObject, options: RenderOptions = {}): Promise<string> {
  const accepted = await template(values, options).catch((error: unknown) => error);
  if (accepted instanceof RenderError) return accepted.stderr;
  if (typeof accepted !== 'string') throw accepted;
  throw new Error(`Helm accepted what it should refuse:\n${indent(stringify(values))}`);
}

/**
 * Returns the notes that `helm install` prints. `helm template` leaves them out and `helm install` of
 * Helm 3 wants a cluster, so a copy of the chart gets one more template that holds them.
 * Throws RenderError when Helm refuses or warns.
 */
export async function notes(values: JsonObject = {}, options: RenderOptions = {}): Promise<string> {
  const files = { 'templates/notes.yaml': notesTemplate };
  await using copy = await temporaryChart(files, { from: options.chart ?? chartDirectory });
  const text = await template(values, { ...options, chart: copy.directory });
  const holder = parseManifests(text).find(({ source }) => source === 'templates/notes.yaml');
  return (holder?.object as ConfigMap | undefined)?.data?.notes ?? '';
}

const notesTemplate = `apiVersion: v1
kind: ConfigMap
metadata:
  name: notes
data:
  notes: {{ include (print .Template.BasePath "/NOTES.txt") . | toJson }}
`;

interface Run {
  readonly values: JsonObject;
  readonly command: string;
  readonly stdout: string;
  readonly stderr: string;
}

async function renderAfresh(values: JsonObject, options: RenderOptions): Promise<Rendered> {
  const run = await helmTemplate(values, options);
  const release = releaseOf(options.kubeVersion ?? versions.kubernetes);
  const rendered = read(run);
  const complaints = await refusedByKubernetes(rendered, release);
  if (complaints.length > 0)
    throw new RenderError(`Kubernetes ${release} would refuse this:\n${indent(complaints.join('\n'))}`, run);
  return rendered;
}

function read(run: Run): Rendered {
  try {
    return readRendered(run.stdout);
  } catch (error) {
    throw new RenderError(`Helm printed what cannot be read: ${String(error)}`, run);
  }
}

function helmTemplate(values: JsonObject, options: RenderOptions): Promise<Run> {
  const { release = 'etcd', namespace = 'default', kubeVersion = versions.kubernetes } = options;
  const { chart = chartDirectory, apiVersions = customApis } = options;
  return helm(values, options, [
    ...[
      'template',
      release,
      chart,
      '--values=-',
      `--namespace=${namespace}`,
      `--kube-version=${kubeVersion}`,
    ],
    ...apiVersions.map(version => `--api-versions=${version}`),
    ...(options.upgrade === true ? ['--is-upgrade'] : []),
    ...(options.skipSchema === true ? ['--skip-schema-validation'] : []),
  ]);
}

async function helm(values: JsonObject, options: RenderOptions, args: readonly string[]): Promise<Run> {
  const { command, stdout, stderr, failed } = await runHelm(
    options.helm ?? 'helm',
    args,
    JSON.stringify(values),
  );
  const run = { values, command, stdout: withoutLastBreak(stdout), stderr: withoutLastBreak(stderr) };
  if (failed) throw new RenderError('Helm refuses these values', run);
  // Helm warns, and goes on, when a value does not fit the defaults.
  if (run.stderr !== '') throw new RenderError('Helm warns about these values', run);
  return run;
}

function withoutLastBreak(text: string): string {
  return text.replace(/\n$/, '');
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '  ');
}
