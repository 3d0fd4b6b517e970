import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { projectFiles, root } from './files.ts';

interface Link {
  line: number;
  target: string;
}

/**
 * Returns one complaint for each link in a document that names a file or a heading the project does not
 * have, and for each mention of a document under `docs/` in the chart's files: what a pod prints at three
 * in the morning has to lead somewhere. Links to other sites are not followed.
 */
export async function brokenLinks(): Promise<string[]> {
  const texts = new Map<string, string>();
  for (const file of await projectFiles('*.md', 'chart')) {
    texts.set(file, await readFile(join(root, file), 'utf8'));
  }
  return deadLinks(texts, path => existsSync(join(root, path)));
}

/** Returns the complaints of `brokenLinks` for these texts, by path from the root. */
export function deadLinks(texts: ReadonlyMap<string, string>, exists: (path: string) => boolean): string[] {
  const complaints: string[] = [];
  for (const [from, text] of texts) {
    for (const { line, target } of from.endsWith('.md') ? documentLinks(text) : chartMentions(from, text)) {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? from : normalize(join(dirname(from), decodeURIComponent(path)));
      const where = `${from}:${line}: ${target}`;
      const document = texts.get(file);
      if (!exists(file)) complaints.push(`${where}: there is no ${file}`);
      else if (anchor !== undefined && document !== undefined && !anchorsOf(document).has(anchor))
        complaints.push(`${where}: ${file} has no heading for #${anchor}`);
    }
  }
  return complaints;
}

/** Returns the anchors that GitHub makes of a document's headings. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const { text } of prose(markdown)) {
    const heading = /^#{1,6}\s+(.+?)\s*#*$/.exec(text)?.[1];
    if (heading === undefined) continue;
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    // The second heading of the same words gets -1, the third -2.
    let unique = slug;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${slug}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

function documentLinks(markdown: string): Link[] {
  const links: Link[] = [];
  for (const { text, line } of prose(markdown)) {
    const withoutCode = text.replace(/`[^`]*`/g, '');
    const targets = [
      ...withoutCode.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g),
      ...withoutCode.matchAll(/^\[[^\]]+\]:\s+(\S+)/g),
      ...withoutCode.matchAll(/\b(?:href|src)="([^"]+)"/g),
    ];
    for (const [, target] of targets) {
      if (target !== undefined && !/^[a-z][a-z0-9+.-]*:/i.test(target)) links.push({ line, target });
    }
  }
  return links;
}

function chartMentions(from: string, content: string): Link[] {
  const links: Link[] = [];
  for (const [index, text] of content.split('\n').entries()) {
    // The scripts name the document once, in a variable.
    const spelledOut = text.replaceAll('$failures_doc', 'docs/failures.md');
    for (const [mention] of spelledOut.matchAll(/\bdocs\/[\w/-]+\.md(?:#[\w-]+)?/g)) {
      // A mention is written from the root of the repository, wherever the file lies.
      const up = '../'.repeat(from.split('/').length - 1);
      links.push({ line: index + 1, target: `${up}${mention}` });
    }
  }
  return links;
}

/** Returns a document's lines outside fenced code, with their numbers. */
function prose(markdown: string): { text: string; line: number }[] {
  const lines: { text: string; line: number }[] = [];
  let fence: string | undefined;
  for (const [index, text] of markdown.split('\n').entries()) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(text)?.[1];
    if (fence === undefined && mark !== undefined) fence = mark;
    else if (fence === undefined) lines.push({ text, line: index + 1 });
    else if (mark?.startsWith(fence)) fence = undefined;
  }
  return lines;
}
