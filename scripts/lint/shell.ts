import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { ensureProgram } from '../debian-packages.ts';
import type { Report } from '../progress.ts';
import { projectFiles, root } from './files.ts';

interface Program {
  file: string;
  /** The text with the loop that loads the parts written out, line for line. */
  text: string;
  parts: readonly string[];
}

/**
 * Returns what shellcheck says of the chart's scripts and of `.ci/run`. The chart's scripts run in
 * busybox's shell, so they are held to POSIX, and each program is looked at together with the parts it
 * loads: a part alone would seem to use what nobody sets.
 */
export async function lintShell(report: Report): Promise<string[]> {
  const shellcheck = await findShellcheck(report);
  const scripts = await projectFiles('chart/scripts/*.sh');
  const programs = await programsAmong(scripts);
  const complaints = await shellcheck([join('.ci', 'run')]);

  const strict = ['--shell=sh', '--check-sourced', '-'];
  for (const { file, text } of programs) {
    // What a part sets for another program is not unused: that is looked at across all of them below.
    const found = await shellcheck(['--exclude=SC2034', ...strict], text);
    complaints.push(...found.map(complaint => complaint.replace(/^-:/, `${file}:`)));
  }
  const everything = scripts.map(script => `. ${script}`).join('\n');
  complaints.push(...(await shellcheck(['--include=SC2034', ...strict], everything)));

  const loaded = new Set(programs.flatMap(({ file, parts }) => [file, ...parts]));
  for (const script of scripts) {
    if (!loaded.has(script)) complaints.push(`${script}: no program loads this part`);
  }
  return [...new Set(complaints)];
}

type Shellcheck = (args: readonly string[], input?: string) => Promise<string[]>;

async function findShellcheck(report: Report): Promise<Shellcheck> {
  const shellcheck = await ensureProgram('shellcheck', 'to check the shell scripts', { report });
  return async (args, input = '') => {
    const options = ['--format=gcc', '--severity=style', '--external-sources'];
    const result = await execa(shellcheck, [...options, ...args], { cwd: root, input, reject: false });
    if (result.exitCode === 0) return [];
    // 1 is "it has complaints"; anything else is a shellcheck that could not do its work.
    if (result.exitCode !== 1) throw new Error(`${result.command}: ${result.stderr}`);
    return result.stdout.split('\n').filter(line => line !== '');
  };
}

/** The scripts that are run, not loaded: they begin with `#!`. */
async function programsAmong(scripts: readonly string[]): Promise<Program[]> {
  const programs: Program[] = [];
  for (const file of scripts) {
    const text = await readFile(join(root, file), 'utf8');
    if (text.startsWith('#!')) programs.push(writtenOut(file, text));
  }
  if (programs.length === 0)
    throw new Error('chart/scripts/*.sh: none begins with #!, so nothing was checked');
  return programs;
}

function writtenOut(file: string, text: string): Program {
  let parts: string[] = [];
  const loop = /^for part in ([^;]+); do\n {2}\. "\$scripts\/\$part\.sh"\ndone$/m;
  const expanded = text.replace(loop, (_, names: string) => {
    parts = names.split(/\s+/).map(name => `chart/scripts/${name}.sh`);
    return `${parts.map(part => `. ${part}`).join('; ')}\n\n`;
  });
  return { file, text: expanded, parts };
}
