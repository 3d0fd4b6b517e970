import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The client pod's program as one JavaScript file that needs nothing but Node 20. Throws on a syntax error. */
export async function bundleAgent(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./agent.ts', import.meta.url))],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
  });
  const [file] = outputFiles;
  if (!file) throw new Error('esbuild wrote no output for the client agent');
  return file.text;
}
