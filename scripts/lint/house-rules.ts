import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFiles, root } from './files.ts';

interface Rule {
  pathspecs: readonly string[];
  /** Matches one line that breaks the rule; `before` is the line above it. */
  breaks(line: string, before: string): boolean;
  message: string;
}

const rules: readonly Rule[] = [
  {
    pathspecs: ['scripts/**/*.ts', 'scripts/*.ts', 'test/support/*.ts'],
    breaks: (line, before) =>
      /^export (async )?function /.test(line) && !/(^\s*\*\/|^\/\*\*.*\*\/)\s*$/.test(before),
    message: 'an exported function has a doc comment: what it returns, its units, what it throws',
  },
  {
    pathspecs: ['scripts', 'test', 'chart', 'docs', '.github', '*.md'],
    // Spelled apart, or this line would break its own rule.
    breaks: line => new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`).test(line),
    message: 'unfinished work belongs in an issue, not in a comment',
  },
  {
    pathspecs: ['scripts/**/*.ts', 'scripts/*.ts', 'test/**/*.ts'],
    breaks: line => /\b(from|import)\b.*['"]\.{1,2}\/[^'"]*\.js['"]/.test(line),
    message: 'imports name the file that is there: .ts',
  },
  {
    pathspecs: ['scripts/**/*.ts', 'scripts/*.ts', 'test/**/*.ts'],
    breaks: line => /\bshell: true\b/.test(line),
    message: 'programs get their arguments as a list, never through a shell',
  },
];

/** Returns one complaint for each line that breaks a rule of CONTRIBUTING.md which a machine can see. */
export async function brokenHouseRules(): Promise<string[]> {
  const complaints: string[] = [];
  for (const rule of rules) {
    for (const file of await projectFiles(...rule.pathspecs)) {
      const lines = (await readFile(join(root, file), 'utf8')).split('\n');
      for (const [index, line] of lines.entries()) {
        if (rule.breaks(line, lines[index - 1] ?? '')) {
          complaints.push(`${file}:${index + 1}: ${rule.message}\n    ${line.trim()}`);
        }
      }
    }
  }
  return complaints;
}
