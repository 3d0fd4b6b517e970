// The Kubernetes releases whose API the chart is checked against, and their OpenAPI documents.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** SHA-256 of `api/openapi-spec/swagger.json` in each release, one release for every supported minor. */
const swaggerChecksums: Readonly<Record<string, string>> = {
  '1.34.4': 'd3b0cdc2fda15c753206d25ab459dc7c12df64e2fd652b6809687471ea751c37',
  '1.35.4': '483500149ee52ce5753d75f5639101d985bb4f5e902cc05b1ba7627465d62446',
  '1.36.3': 'dcede2063da1d7ad62ecb5af8adb6d7fabd0b52385a7fa0048afb491dac90450',
  '1.37.2': '465276aedf437726de5a6ed23a41b86d78bb0d347edf251a755ae26a93cdd8a6',
};

/** The releases that can be checked against, oldest first. */
export const kubernetesVersions: readonly string[] = Object.keys(swaggerChecksums);

/**
 * Returns the release whose API stands for `version` (with or without `v`, a patch number or a vendor's
 * suffix): the one of the same minor. Throws, listing the releases, when there is none.
 */
export function releaseOf(version: string): string {
  const [minor] = /(?<=^v?)1\.\d+/.exec(version) ?? [];
  const release = kubernetesVersions.find(known => minor !== undefined && known.startsWith(`${minor}.`));
  if (release === undefined)
    throw new Error(
      `There is no API schema for Kubernetes ${version}; known are ${kubernetesVersions.join(', ')} (test/support/kubernetes.ts)`,
    );
  return release;
}

/** Returns the SHA-256 (hexadecimal) of the OpenAPI document of `release`. Throws when the release is not known. */
export function swaggerChecksum(release: string): string {
  const checksum = swaggerChecksums[release];
  if (checksum === undefined)
    throw new Error(`No checksum is known for the OpenAPI document of Kubernetes ${release}`);
  return checksum;
}

/**
 * Returns the OpenAPI document of `release`, from the Go module k8s.io/kubernetes (without Go, from the
 * project's repository). Throws when neither can be had, or when its checksum is wrong.
 */
export async function readSwagger(release: string): Promise<unknown> {
  const text = await swaggerText(release);
  const actual = createHash('sha256').update(text).digest('hex');
  const expected = swaggerChecksum(release);
  if (actual !== expected)
    throw new Error(
      `The OpenAPI document of Kubernetes ${release} has SHA-256 ${actual}, expected ${expected} (test/support/kubernetes.ts)`,
    );
  return JSON.parse(text);
}

async function swaggerText(release: string): Promise<string> {
  const path = 'api/openapi-spec/swagger.json';
  const module = `k8s.io/kubernetes@v${release}`;
  // Outside of any module, so that no go.mod nearby has a say.
  const go = await execa('go', ['mod', 'download', '-json', module], { cwd: tmpdir(), reject: false });
  if (go.exitCode === 0) {
    const { Dir } = JSON.parse(go.stdout) as { Dir: string };
    return readFile(join(Dir, path), 'utf8');
  }
  const url = `https://raw.githubusercontent.com/kubernetes/kubernetes/v${release}/${path}`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await response.text();
  } catch (error) {
    throw new Error(
      [
        `The OpenAPI document of Kubernetes ${release} cannot be had. Install Go (https://go.dev/dl) or open the way to GitHub.`,
        `  ${go.command}: ${go.stderr || go.stdout || go.shortMessage}`,
        `  ${url}: ${error instanceof Error ? error.message : String(error)}`,
      ].join('\n'),
      { cause: error },
    );
  }
}
