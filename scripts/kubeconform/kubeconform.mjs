#!/usr/bin/env node
// `npx kubeconform …`: gets the pinned kubeconform and runs it. Plain JavaScript, because npm links
// it as a program; standard output belongs to kubeconform alone.
import { spawn } from 'node:child_process';
import { register } from 'tsx/esm/api';

register();
const { tool } = await import('../tools/tool.ts');
try {
  const program = await tool('kubeconform', { report: line => console.error(line) });
  const child = spawn(program, process.argv.slice(2), { stdio: 'inherit' });
  // The terminal sends Ctrl-C to kubeconform too; its exit code is the one that counts.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', code => process.exit(code ?? 1));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
