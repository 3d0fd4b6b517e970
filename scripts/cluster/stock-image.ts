import { execa } from 'execa';
import type { Report } from '../progress.ts';
import { hasImage, type Runtime } from './containers.ts';

const repository = 'docker.io/kindest/node';
const pullTimeout = 1_200_000;
const answerTimeout = 60_000;

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
  const silent = new AbortController();
  const process = execa(runtime.name, ['pull', name], {
    env: runtime.env,
    reject: false,
    stdin: 'ignore',
    all: true,
    timeout: pullTimeout,
    cancelSignal: silent.signal,
  });
  // Where packets are dropped, a runtime tries for many minutes before it gives up.
  const timer = setTimeout(() => silent.abort(), answerTimeout);
  process.all.on('data', (chunk: Buffer) => {
    if (/Pulling from|Getting image source|Copying blob/.test(chunk.toString())) clearTimeout(timer);
  });
  const { exitCode, all, timedOut, isCanceled } = await process;
  clearTimeout(timer);
  if (exitCode === 0) return 'pulled';
  if (/manifest unknown|not found|no such manifest/i.test(all)) return 'missing';
  if (isCanceled) return { reason: `the registry did not answer within ${answerTimeout / 1000} s` };
  if (timedOut) return { reason: `not finished within ${pullTimeout / 60_000} minutes` };
  return { reason: all.trim().split('\n').at(-1) ?? 'no reason given' };
}
