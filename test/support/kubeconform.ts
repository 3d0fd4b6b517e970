// kubeconform as a second opinion beside Ajv: another program, another parser, the same schemas.
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { tool } from '../../scripts/tools/tool.ts';
import { Companion } from './companion.ts';
import { isObject } from './json.ts';
import { documents } from './manifest.ts';
import { schemaDirectory } from './schema.ts';

/** Environment of a Go program that ends before collecting garbage could pay: a quarter less time. */
const shortLived = { GOGC: 'off' };

/**
 * Returns what kubeconform -strict finds wrong with `text` (one or more YAML documents) for a Kubernetes
 * release: one line per complaint, none when all is well. A kind without a schema is a complaint.
 */
export async function kubeconformComplaints(text: string, release: string): Promise<string[]> {
  const valid = accepted.get(release) ?? new Set();
  accepted.set(release, valid);
  const asked = documents(text).filter(document => !valid.has(document));
  if (asked.length === 0) return [];
  const session = sessions.get(release) ?? open(release);
  sessions.set(release, session);
  const complaints = await (await session).complaints(asked.join(''));
  if (complaints.length === 0) {
    for (const document of asked) valid.add(document);
    return [];
  }
  const report = await kubeconformReport(text, release);
  return report.length > 0 ? report : complaints;
}

/** Documents that each release takes: most renders have most of theirs in common. */
const accepted = new Map<string, Set<string>>();

/** Most of kubeconform's time goes into reading schemas, so one process per release answers for all renders. */
const sessions = new Map<string, Promise<Session>>();

async function open(release: string): Promise<Session> {
  const options = ['-output', 'text', '-verbose', '-n', '1', '-'];
  return new Session(await tool('kubeconform'), [...(await strictly(release)), ...options]);
}

async function strictly(release: string): Promise<string[]> {
  const location = join(await schemaDirectory(release), '{{ .ResourceKind }}{{ .KindSuffix }}.json');
  return ['-strict', '-kubernetes-version', release, '-schema-location', location];
}

/** A kubeconform that reads documents as they come and says one line about each, in their order. */
class Session {
  readonly #companion: Companion;
  readonly #lines: AsyncIterator<string>;
  #asked = 0;
  #complained = '';

  constructor(program: string, args: readonly string[]) {
    this.#companion = new Companion(program, args);
    this.#lines = createInterface({ input: this.#companion.stdout })[Symbol.asyncIterator]();
    this.#companion.stderr.on('data', (chunk: Buffer) => {
      this.#complained += String(chunk);
    });
  }

  /** Returns every line about `text` that does not say that an object is valid. Throws when the program ends. */
  complaints(text: string): Promise<string[]> {
    return this.#companion.ask(() => this.#ask(text));
  }

  async #ask(text: string): Promise<string[]> {
    this.#asked += 1;
    const end = `end-${this.#asked}-of-${process.pid}`;
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: end } };
    this.#companion.stdin.write(`${text}\n---\n${JSON.stringify(object)}\n---\n`);
    const complaints: string[] = [];
    for (;;) {
      const { value: line, done } = await this.#lines.next();
      if (done === true) throw new Error(`${await this.#companion.ending()}\n${this.#complained}`.trim());
      if (line === `stdin - ConfigMap ${end} is valid`) return complaints;
      if (!/^stdin - \S+ \S+ is valid$/.test(line)) complaints.push(line);
    }
  }
}

/** Asks a kubeconform of its own, which tells more than a line. */
async function kubeconformReport(text: string, release: string): Promise<string[]> {
  const result = await execa(
    await tool('kubeconform'),
    [...(await strictly(release)), '-output', 'json', '-'],
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
