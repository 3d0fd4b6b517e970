import { execa } from 'execa';
import type { Report } from '../progress.ts';
import { hasImage } from './node-image.ts';
import type { Runtime } from './runtime.ts';

const repository = 'docker.io/kindest/node';
const pullTimeout = 600_000;

/**
 * Returns the name of kind's own node image for Kubernetes `version`, pulled; kind does not publish one
 * for every patch release, so the newest one of the same minor up to that patch. Returns undefined when
 * no registry can be reached, or it has none.
 */
export async function stockNodeImage(
  runtime: Runtime,
  version: string,
  report?: Report,
): Promise<string | undefined> {
  const [major, minor, patch] = version.split('.');
  for (let candidate = Number(patch); candidate >= 0; candidate--) {
    const name = `${repository}:v${major}.${minor}.${candidate}`;
    if (await hasImage(runtime, name)) return name;
    const outcome = await pull(runtime, name);
    if (outcome === 'pulled') return name;
    if (outcome !== 'missing') {
      report?.(`${name} cannot be pulled (${outcome.reason}): building the node image`);
      return undefined;
    }
  }
  report?.(
    `${repository} has no image of Kubernetes ${major}.${minor} up to ${version}: building the node image`,
  );
  return undefined;
}

/** Pulls the image `name`: `missing` when the registry answers that it has none, else why it failed. */
export async function pull(
  runtime: Runtime,
  name: string,
): Promise<'pulled' | 'missing' | { reason: string }> {
  const { exitCode, stderr, timedOut } = await execa(runtime.name, ['pull', '--quiet', name], {
    env: runtime.env,
    reject: false,
    stdin: 'ignore',
    timeout: pullTimeout,
  });
  if (exitCode === 0) return 'pulled';
  if (/manifest unknown|not found|no such manifest/i.test(stderr)) return 'missing';
  const [reason = 'no reason given'] = stderr.trim().split('\n').slice(-1);
  return { reason: timedOut ? `no answer within ${pullTimeout / 1000} s` : reason };
}
