import type { Plural } from './resource.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';

export interface Rule {
  plural: Plural;
  verbs: readonly Verb[];
  /** Only this object; for verbs that name one. */
  name?: string;
}

/** Returns whether one of the rules of a Role allows a request. */
export function allows(
  rules: readonly Rule[],
  request: { verb: Verb; plural: Plural; name: string | undefined },
): boolean {
  return rules.some(
    rule =>
      rule.plural === request.plural &&
      rule.verbs.includes(request.verb) &&
      (rule.name === undefined || rule.name === request.name),
  );
}

/** Returns the rules of the chart's Role: what its pods may do, and nothing else. */
export function chartRules(options: {
  set: string;
  record: string;
  restore: string;
  persistence: boolean;
  /** The claim of all members, when they share a volume. */
  sharedClaim?: string | undefined;
}): Rule[] {
  const { sharedClaim } = options;
  return [
    { plural: 'statefulsets', verbs: ['get'], name: options.set },
    { plural: 'configmaps', verbs: ['get', 'patch', 'delete'], name: options.record },
    { plural: 'configmaps', verbs: ['get'], name: options.restore },
    { plural: 'configmaps', verbs: ['create'] },
    sharedClaim === undefined
      ? { plural: 'persistentvolumeclaims', verbs: ['get', 'list', 'patch'] }
      : { plural: 'persistentvolumeclaims', verbs: ['get'], name: sharedClaim },
    { plural: 'pods', verbs: options.persistence ? ['get'] : ['get', 'list', 'patch'] },
  ];
}

/** The rules of somebody who may do everything. */
export const everything: readonly Rule[] = [
  { plural: 'pods', verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  { plural: 'persistentvolumeclaims', verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  { plural: 'configmaps', verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  { plural: 'statefulsets', verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
];
