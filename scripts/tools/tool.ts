import type { Report } from '../progress.ts';
import { catalogueTool, type ToolName } from './catalogue.ts';
import { resolveTool } from './resolve.ts';

export type { ToolName } from './catalogue.ts';

/**
 * Returns the absolute path of a runnable program of exactly the pinned version: the one on PATH,
 * else the verified release, else built from Go modules. `version` picks another pinned one of etcd
 * or Kubernetes, in full or by its minor. Throws one error that lists every way that was tried.
 */
export async function tool(
  name: ToolName,
  options: { version?: string; report?: Report | undefined } = {},
): Promise<string> {
  return resolveTool(catalogueTool(name, options.version), { report: options.report });
}
