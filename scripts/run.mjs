// Runs a TypeScript entry of this project: `node scripts/run.mjs scripts/start.ts --workers 2`.
// Plain JavaScript, because it must work in a fresh clone: it installs the Node dependencies when
// package-lock.json is newer than what node_modules was installed from.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [entry, ...args] = process.argv.slice(2);
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node ${process.versions.node} is too old: this project needs Node 20.19 or newer.`);
  process.exit(1);
}

const lock = readFileSync(join(root, 'package-lock.json'));
const installed = join(root, 'node_modules', '.installed-from');
const wanted = createHash('sha256').update(lock).digest('hex');
if (!existsSync(installed) || readFileSync(installed, 'utf8') !== wanted) {
  console.error('Installing the Node dependencies (npm ci)');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (npm.status !== 0) process.exit(npm.status ?? 1);
  writeFileSync(installed, wanted);
}

const tsx = pathToFileURL(join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
const child = spawn(process.execPath, ['--import', tsx, join(root, entry), ...args], { stdio: 'inherit' });
// The terminal sends Ctrl-C to the whole group; the child cleans up and decides the exit code.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
