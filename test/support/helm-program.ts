// Helm as a program: a process for each render, or one that stays for all of them.
import { devNull } from 'node:os';
import { execa } from 'execa';
import { cacheDir } from '../../scripts/cache.ts';
import { goBuild } from '../../scripts/go/build.ts';
import { catalogueTool } from '../../scripts/tools/catalogue.ts';
import { tool } from '../../scripts/tools/tool.ts';
import { type HelmAnswer, HelmServer } from './helm-server.ts';

export type HelmName = 'helm' | 'helm3';

/** What a Helm said, and the command that says it again. */
export interface HelmRun extends HelmAnswer {
  readonly command: string;
}

// Nothing of the person's Helm, and no cluster to ask. A process that renders once ends before collecting
// garbage could pay, and one that stays has memory enough for a few renders.
const environment = { HOME: cacheDir('helm-home'), KUBECONFIG: devNull };

/** Runs Helm with `input` on its standard input, the quickest way there is: both ways give the same. */
export async function runHelm(name: HelmName, args: readonly string[], input: string): Promise<HelmRun> {
  const server = await helmServer(name);
  if (server === undefined) return startHelm(name, args, input);
  return { command: [await tool(name), ...args].join(' '), ...(await server.run(args, input)) };
}

/** Starts a Helm that ends with the answer. */
export async function startHelm(name: HelmName, args: readonly string[], input: string): Promise<HelmRun> {
  const { command, stdout, stderr, failed } = await execa(await tool(name), args, {
    input,
    env: { ...environment, GOGC: 'off' },
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
  });
  return { command, stdout, stderr, failed };
}

const servers = new Map<HelmName, Promise<HelmServer | undefined>>();

/**
 * Returns the Helm that stays, built from scripts/modules when it is asked for first. Undefined when nobody asked
 * for it (HELM_SERVER=1 in the environment), or when Go cannot build it, which is said once.
 */
export function helmServer(name: HelmName): Promise<HelmServer | undefined> {
  if (process.env.HELM_SERVER !== '1') return Promise.resolve(undefined);
  const known = servers.get(name);
  if (known !== undefined) return known;
  const server = openServer(name).catch((error: unknown) => {
    console.warn(`Each render starts a ${name}, which takes three times as long: ${String(error)}`);
    return undefined;
  });
  servers.set(name, server);
  return server;
}

async function openServer(name: HelmName): Promise<HelmServer> {
  const { module, ldflags } = catalogueTool(name).go;
  const { serve = '' } = await goBuild({ module, packages: ['./serve'], ldflags, report: console.log });
  return new HelmServer(serve, { ...environment, GOGC: '400' });
}
