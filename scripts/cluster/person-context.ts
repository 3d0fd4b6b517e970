import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { tool } from '../tools/tool.ts';
import { type Access, kubectl } from './kubectl.ts';

/**
 * Returns access to the cluster that the context `name` of the person's own kubeconfig names, and a
 * function that ends it. Throws an error with the remedy when there is no such context, or nobody answers.
 */
export async function personContext(name: string): Promise<Access & { close: () => Promise<void> }> {
  const program = await tool('kubectl');
  const config = async (args: readonly string[]): Promise<string> => {
    const { stdout } = await execa(program, ['config', ...args], { stdin: 'ignore' });
    return stdout;
  };
  const contexts = (await config(['get-contexts', '--output=name'])).split('\n').filter(line => line !== '');
  if (!contexts.includes(name)) {
    const known = contexts.length === 0 ? 'it has none' : `it has ${contexts.join(', ')}`;
    throw new Error(
      `--context ${name}: there is no such context in your kubeconfig; ${known}. Name one of these (KUBECONFIG picks another file), or leave --context out to get a local cluster.`,
    );
  }
  const directory = await mkdtemp(join(tmpdir(), 'etcd-chart-context-'));
  // It holds credentials: it goes also when Ctrl-C ends this process.
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const close = () => rm(directory, { recursive: true, force: true });
  try {
    // One file with this context alone: KUBECONFIG may list several, which Helm and others are not told.
    const kubeconfig = join(directory, 'kubeconfig');
    const text = await config(['view', '--minify', '--flatten', '--raw', `--context=${name}`]);
    await writeFile(kubeconfig, text, { mode: 0o600 });
    const access = { kubeconfig, context: name };
    await requireAnswer(access);
    return { ...access, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function requireAnswer(access: Access): Promise<void> {
  try {
    await kubectl(access, ['get', '--raw=/readyz', '--request-timeout=10s'], { timeout: 20_000 });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(
      `--context ${access.context}: its API server does not answer (${stderr?.trim() || 'no answer within 20 s'}). Look with: kubectl --context ${access.context} get nodes. Or leave --context out to get a local cluster.`,
      { cause: error },
    );
  }
}
