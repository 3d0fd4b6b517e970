import type { PodSpec, Volume } from './objects.ts';
import { containersOf } from './pod.ts';

const volumeKinds = ['configMap', 'emptyDir', 'image', 'persistentVolumeClaim', 'projected', 'secret'];

/**
 * Returns every breach of Pod Security's level `restricted` and of two rules of this chart (a read-only root
 * file system, and a user and group of its own because the images say root), one line each.
 */
export function breaches(pod: PodSpec): string[] {
  const found: string[] = [];
  const rule = (holds: boolean, what: string): void => {
    if (!holds) found.push(what);
  };
  for (const key of ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace'] as const)
    rule(pod[key] !== true, `pod: ${key}`);
  rule((pod.securityContext?.sysctls ?? []).length === 0, 'pod: sysctls');
  rule((pod.securityContext?.fsGroup ?? 0) > 0, 'pod: volumes belong to no group of its own');
  for (const { name, ...source } of pod.volumes ?? [])
    rule(
      Object.keys(source satisfies Omit<Volume, 'name'>).every(kind => volumeKinds.includes(kind)),
      `volume ${name}: kind`,
    );
  for (const { name, securityContext, ports = [] } of containersOf(pod)) {
    const context = { ...pod.securityContext, ...securityContext };
    rule(context.allowPrivilegeEscalation === false, `${name}: allowPrivilegeEscalation`);
    rule(context.privileged !== true, `${name}: privileged`);
    rule(context.procMount === undefined, `${name}: procMount`);
    rule(context.runAsNonRoot === true, `${name}: runAsNonRoot`);
    rule((context.runAsUser ?? 0) > 0, `${name}: runAsUser (the images say root)`);
    rule((context.runAsGroup ?? 0) > 0, `${name}: runAsGroup`);
    rule(context.capabilities?.drop?.includes('ALL') === true, `${name}: capabilities.drop`);
    rule((context.capabilities?.add ?? []).length === 0, `${name}: capabilities.add`);
    rule(
      ['RuntimeDefault', 'Localhost'].includes(context.seccompProfile?.type ?? ''),
      `${name}: seccompProfile`,
    );
    rule(context.readOnlyRootFilesystem === true, `${name}: readOnlyRootFilesystem`);
    rule(
      ports.every(({ hostPort }) => hostPort === undefined),
      `${name}: hostPort`,
    );
  }
  return found;
}
