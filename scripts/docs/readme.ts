// The part of chart/README.md that values.yaml writes.
import type { ValueDoc } from './values.ts';

const begin = '<!-- values: generated from values.yaml -->';
const end = '<!-- end of values -->';

/**
 * Returns `readme` with the tables of `docs` between its two markers, one table a section. Throws when a
 * marker is missing.
 */
export function withValuesTables(readme: string, docs: readonly ValueDoc[]): string {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from)
    throw new Error(
      `README.md has no place for the values; put the lines ${begin} and ${end} where they belong`,
    );
  const sections = [...new Set(docs.map(doc => doc.section))];
  const tables = sections.map(section =>
    table(
      section,
      docs.filter(doc => doc.section === section),
    ),
  );
  return [readme.slice(0, from) + begin, ...tables, readme.slice(to)].join('\n\n');
}

function table(section: string, docs: readonly ValueDoc[]): string {
  const title = section.charAt(0).toUpperCase() + section.slice(1);
  const rows = docs.map(({ path, description, default: value }) =>
    [code(path.join('.')), description, code(JSON.stringify(value))].map(escapeCell).join(' | '),
  );
  return [`### ${title}`, '', 'Key | What it does | Default', '--- | --- | ---', ...rows].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

/** A bar would end the cell. */
function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
