import { badRequest } from './error.ts';

type Requirement = (labels: Record<string, string>) => boolean;

function requirement(text: string): Requirement {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map(value => value.trim());
    const isIn: Requirement = labels => labels[key] !== undefined && values.includes(labels[key]);
    return operator === 'in' ? isIn : labels => !isIn(labels);
  }
  const equality = /^([^=!\s]+)\s*(=|==|!=)\s*([^=!\s]*)$/.exec(text);
  if (equality !== null) {
    const [, key = '', operator, value = ''] = equality;
    return operator === '!=' ? labels => labels[key] !== value : labels => labels[key] === value;
  }
  if (/^![^=!\s]+$/.test(text)) return labels => labels[text.slice(1)] === undefined;
  if (/^[^=!\s]+$/.test(text)) return labels => labels[text] !== undefined;
  throw badRequest(`unable to parse requirement: "${text}"`);
}

/** Returns a predicate for a label selector (`a=b,c!=d,e in (f,g),h,!i`); throws a 400 for anything else. */
export function labelSelector(text: string): Requirement {
  const parts = text
    .split(/,(?![^(]*\))/)
    .map(part => part.trim())
    .filter(part => part !== '');
  const requirements = parts.map(requirement);
  return labels => requirements.every(matches => matches(labels));
}
