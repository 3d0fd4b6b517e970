// What chart/values.yaml says about itself: sections, keys, descriptions, defaults.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** A documented key of the chart's values. */
export interface ValueDoc {
  /** The heading above it, such as `pod`. */
  readonly section: string;
  readonly path: readonly string[];
  readonly description: string;
  readonly default: unknown;
}

/** The chart. */
export const chartDirectory = fileURLToPath(new URL('../../chart', import.meta.url));

/**
 * Returns the documented keys of `text`, the content of a values.yaml, in order. A key is documented by the
 * comment above it that begins with `# --`; what is inside it is then part of it. Throws for a key without a
 * description, and for a description without a key.
 */
export function valueDocs(text: string): ValueDoc[] {
  const values: unknown = parse(text);
  const docs: ValueDoc[] = [];
  let section = '';
  let comment: string[] = [];
  let parents: Line[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const banner = /^# -{3,} (.+)$/.exec(raw)?.[1];
    const words = /^ *# (.+)$/.exec(raw)?.[1];
    const line = readLine(raw);
    if (banner !== undefined) section = banner;
    else if (words !== undefined) comment.push(words);
    else if (line === undefined && comment.length > 0)
      throw new Error(
        `values.yaml:${index + 1}: the comment ${JSON.stringify(comment[0])} stands above no key; put it there`,
      );
    if (line === undefined) continue;
    parents = parents.filter(parent => parent.indent < line.indent);
    if (parents.at(-1)?.documented !== true) {
      const path = [...parents.map(parent => parent.key), line.key];
      line.documented = comment[0]?.startsWith('-- ') === true;
      if (line.documented) {
        const description = comment.join(' ').replace(/^-- /, '');
        docs.push({ section, path, description, default: valueAt(values, path) });
      } else if (line.isLeaf) {
        throw new Error(
          `values.yaml:${index + 1}: ${path.join('.')} has no description; write "# -- …" above it`,
        );
      }
      parents.push(line);
    }
    comment = [];
  }
  return docs;
}

/** Returns the documented keys of the chart's own values.yaml. */
export function chartValueDocs(): ValueDoc[] {
  return valueDocs(readFileSync(`${chartDirectory}/values.yaml`, 'utf8'));
}

interface Line {
  readonly indent: number;
  readonly key: string;
  readonly isLeaf: boolean;
  documented: boolean;
}

function readLine(text: string): Line | undefined {
  const match = /^( *)([A-Za-z][\w-]*):(.*)$/.exec(text);
  if (match === null) return undefined;
  const [, indent = '', key = '', rest = ''] = match;
  return { indent: indent.length, key, isLeaf: rest.trim() !== '', documented: false };
}

function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    values,
  );
}
