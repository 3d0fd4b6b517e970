import type { Plural } from './resource.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';

export interface Rule {
  plural: Plural;
  verbs: readonly Verb[];
  /** The `resourceNames` of a Role: restricts the rule to these objects. A request that names none is refused. */
  names?: readonly string[];
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
      (rule.names === undefined || (request.name !== undefined && rule.names.includes(request.name))),
  );
}

/** The most members that `replicaCount` allows; the Role names the pod and the claim of each. */
const MOST_MEMBERS = 9;

/** Returns the rules of the chart's Role: what its pods may do, and nothing else. */
export function chartRules(options: {
  set: string;
  record: string;
  restore: string;
  persistence: boolean;
  /** The claim of all members, when they share a volume. */
  sharedClaim?: string | undefined;
}): Rule[] {
  const { set, persistence } = options;
  const pods = Array.from({ length: MOST_MEMBERS }, (_, ordinal) => `${set}-${ordinal}`);
  return [
    { plural: 'statefulsets', verbs: ['get'], names: [set] },
    { plural: 'configmaps', verbs: ['get', 'patch', 'delete'], names: [options.record] },
    { plural: 'configmaps', verbs: ['get'], names: [options.restore] },
    { plural: 'configmaps', verbs: ['create'] },
    ...claimRules(options, pods),
    { plural: 'pods', verbs: ['list'] },
    { plural: 'pods', verbs: persistence ? ['get'] : ['get', 'patch'], names: pods },
  ];
}

/** Returns the rules for claims: none without persistence, and only `get` for a claim that all members share. */
function claimRules(
  { persistence, sharedClaim }: { persistence: boolean; sharedClaim?: string | undefined },
  pods: readonly string[],
): Rule[] {
  const plural = 'persistentvolumeclaims';
  if (!persistence) return [];
  if (sharedClaim !== undefined) return [{ plural, verbs: ['get'], names: [sharedClaim] }];
  return [
    { plural, verbs: ['list'] },
    { plural, verbs: ['get', 'patch'], names: pods.map(pod => `data-${pod}`) },
  ];
}

/** The rules of a client that may do everything. */
export const everything: readonly Rule[] = [
  { plural: 'pods', verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  { plural: 'persistentvolumeclaims', verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  { plural: 'configmaps', verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  { plural: 'statefulsets', verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
];
