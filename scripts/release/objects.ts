// The parts of Kubernetes objects that this project reads.

export interface Metadata {
  name: string;
  uid: string;
  namespace?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: { kind: string; name: string; uid: string }[];
}
export interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string };
  terminated?: { exitCode: number; reason?: string; message?: string };
}
export interface ContainerStatus {
  name: string;
  ready: boolean;
  restartCount: number;
  state?: ContainerState;
  lastState?: ContainerState;
}
export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}
export interface Pod {
  metadata: Metadata;
  spec: { nodeName?: string; containers: { name: string }[] };
  status: {
    phase?: string;
    podIP?: string;
    conditions?: Condition[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
}
export interface StatefulSet {
  metadata: Metadata;
  spec: { replicas: number; updateStrategy?: { type?: string } };
  status: { observedGeneration?: number; updateRevision?: string };
}
export interface Claim {
  metadata: Metadata;
  spec: { storageClassName?: string; volumeName?: string };
  status: { phase?: string };
}
export interface ConfigMap {
  metadata: Metadata;
  data?: Record<string, string>;
}
export interface Event {
  metadata: Metadata;
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  series?: { lastObservedTime?: string };
  involvedObject: { kind: string; name: string };
}
export interface List<T> {
  items: T[];
}

/** Whether a pod is Ready and stays: one that is being deleted serves nobody any more. */
export const isReady = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

/** One line on why a pod is not Ready, in the words of the scheduler, the kubelet or the container. */
export function podTrouble(pod: Pod): string {
  if (pod.metadata.deletionTimestamp) return `${pod.metadata.name} is being deleted`;
  const reasons = [
    ...(pod.status.initContainerStatuses ?? []),
    ...(pod.status.containerStatuses ?? []),
  ].flatMap(({ name, state, ready, restartCount }) => {
    const stopped = state?.waiting ?? state?.terminated;
    if (stopped?.reason && stopped.reason !== 'Completed' && stopped.reason !== 'PodInitializing') {
      return [`${name}: ${[stopped.reason, stopped.message].filter(Boolean).join(': ')}`];
    }
    return ready || state?.terminated ? [] : [`${name} is not ready (${restartCount} restarts)`];
  });
  const scheduling = pod.status.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduling?.status === 'False') reasons.push(scheduling.message ?? 'it has no node');
  return `${pod.metadata.name} is ${pod.status.phase ?? 'unknown'} (${reasons.join('; ') || 'not Ready yet'})`;
}
