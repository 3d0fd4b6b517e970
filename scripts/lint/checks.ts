import { join } from 'node:path';
import type { Report } from '../progress.ts';
import { tool } from '../tools/tool.ts';
import { type Check, judge } from './check.ts';
import { projectFiles, root } from './files.ts';
import { brokenHouseRules } from './house-rules.ts';
import { brokenLinks } from './links.ts';
import { lintShell } from './shell.ts';

const modules = join(root, 'node_modules');

/** Every check of the lint tier, the quick ones first. */
export const checks: readonly Check[] = [
  {
    name: 'format and lint (biome)',
    run: () =>
      judge(join(modules, '.bin', 'biome'), [
        'ci',
        '--colors=off',
        '--error-on-warnings',
        '--diagnostic-level=warn',
        root,
      ]),
  },
  {
    name: 'types (tsc)',
    run: () => judge(join(modules, '.bin', 'tsc'), ['--noEmit', '--project', root]),
  },
  { name: 'house rules', run: brokenHouseRules },
  { name: 'links in documents', run: brokenLinks },
  { name: 'shell scripts (shellcheck)', run: lintShell },
  {
    name: 'chart (helm lint)',
    run: async report =>
      judge(await tool('helm', { report }), ['lint', '--strict', '--quiet', join(root, 'chart')]),
  },
  { name: 'workflows (actionlint)', run: lintWorkflows },
];

async function lintWorkflows(report: Report): Promise<string[]> {
  return judge(await tool('actionlint', { report }), await present('.github/workflows/*.yaml'));
}

/** Returns the absolute paths; throws when there are none, because then nothing would be checked. */
async function present(pathspec: string): Promise<string[]> {
  const paths = await projectFiles(pathspec);
  if (paths.length === 0) throw new Error(`${pathspec}: there is no such file, so nothing was checked`);
  return paths.map(path => join(root, path));
}
