// kubeconform as a second opinion beside Ajv: another program, another parser, the same schemas.
import { join } from 'node:path';
import { execa } from 'execa';
import { tool } from '../../scripts/tools/tool.ts';
import { isObject } from './json.ts';
import { schemaDirectory } from './schema.ts';

/** Environment of a Go program that ends before collecting garbage could pay: a quarter less time. */
export const shortLived = { GOGC: 'off' };

/**
 * Returns what kubeconform -strict finds wrong with `text` (one or more YAML documents) for a Kubernetes
 * release: one line per complaint, none when all is well. A kind without a schema is a complaint.
 */
export async function kubeconformComplaints(text: string, release: string): Promise<string[]> {
  const location = join(await schemaDirectory(release), '{{ .ResourceKind }}{{ .KindSuffix }}.json');
  const result = await execa(
    await tool('kubeconform'),
    ['-strict', '-output', 'json', '-kubernetes-version', release, '-schema-location', location, '-'],
    { input: text, env: shortLived, reject: false },
  );
  if (result.exitCode === 0) return [];
  const report = readReport(result.stdout);
  // Without a report the program itself failed, for example over an option.
  if (report.length === 0)
    return [`${result.command}: ${result.stderr || result.stdout || result.shortMessage}`];
  return report;
}

function readReport(text: string): string[] {
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    return [];
  }
  if (!isObject(report) || !Array.isArray(report.resources)) return [];
  return report.resources.map(resource => {
    const { kind, name, msg } = resource as Record<'kind' | 'name' | 'msg', string>;
    return `${kind}/${name}: ${msg}`;
  });
}
