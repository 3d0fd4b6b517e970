import type { Access } from './kubectl.ts';

/** Returns what a person wants to know about an etcd that runs: how to connect, scale, look at logs and clean up. */
export function closingText(options: {
  access: Access;
  /** The cluster is the person's own, not one made here. */
  ownContext: boolean;
  namespace: string;
  set: string;
}): string {
  const { access, ownContext, namespace, set } = options;
  const kubectl = ownContext
    ? `kubectl --context ${access.context} -n ${namespace}`
    : `kubectl -n ${namespace}`;
  const lines = [
    `etcd runs as ${set} in namespace ${namespace} of ${access.context}.`,
    '',
    ...(ownContext ? [] : ['Reach the cluster from this shell:', `  export KUBECONFIG=${access.kubeconfig}`]),
    'Connect from inside the cluster:',
    `  http://${set}.${namespace}.svc:2379`,
    'Connect from here:',
    `  ${kubectl} port-forward service/${set} 2379`,
    'Ask a member:',
    `  ${kubectl} exec ${set}-0 -c etcd -- etcdctl member list -w table`,
    'Scale, in either direction (and set replicaCount to the same number before the next helm upgrade):',
    `  ${kubectl} scale statefulset ${set} --replicas=5`,
    'Read what the members decided:',
    `  ${kubectl} logs -l app.kubernetes.io/instance=${set} -c etcd --prefix --tail=50`,
    `  ${kubectl} logs -l app.kubernetes.io/instance=${set} -c keeper --prefix --tail=50`,
    'Clean up:',
    ownContext
      ? `  helm --kube-context ${access.context} -n ${namespace} uninstall ${set}    (the volume claims stay)`
      : '  npm run down',
  ];
  return `\n${lines.join('\n')}`;
}
