// The parts of Kubernetes' objects that the tests read. Every object is validated against the whole schema
// of its kind before a test sees it as one of these.

/** Any Kubernetes object. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
}

export type StringMap = Readonly<Record<string, string>>;

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
}

/** Metadata of a template, whose objects get their names from Kubernetes. */
export type TemplateMetadata = Omit<Metadata, 'name'>;

export interface StatefulSet extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly serviceName?: string;
    readonly podManagementPolicy?: string;
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit?: number;
    readonly ordinals?: unknown;
    readonly updateStrategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly partition?: number };
    };
    readonly persistentVolumeClaimRetentionPolicy?: {
      readonly whenDeleted?: string;
      readonly whenScaled?: string;
    };
    readonly selector: { readonly matchLabels: StringMap };
    readonly template: { readonly metadata: TemplateMetadata; readonly spec: PodSpec };
    readonly volumeClaimTemplates?: readonly PersistentVolumeClaim[];
  };
}

export interface PersistentVolumeClaim extends KubernetesObject {
  readonly spec: {
    readonly accessModes?: readonly string[];
    readonly storageClassName?: string;
    readonly resources?: { readonly requests?: StringMap };
  };
}

export interface StorageClass extends KubernetesObject {
  readonly provisioner: string;
  readonly parameters?: StringMap;
  readonly reclaimPolicy?: string;
  readonly volumeBindingMode?: string;
  readonly allowVolumeExpansion?: boolean;
  readonly mountOptions?: readonly string[];
}

export interface PersistentVolume extends KubernetesObject {
  readonly spec: {
    readonly capacity?: StringMap;
    readonly accessModes?: readonly string[];
    readonly storageClassName?: string;
    readonly persistentVolumeReclaimPolicy?: string;
    readonly claimRef?: { readonly kind: string; readonly namespace: string; readonly name: string };
    readonly mountOptions?: readonly string[];
    readonly nodeAffinity?: { readonly required?: { readonly nodeSelectorTerms: readonly unknown[] } };
    readonly nfs?: unknown;
    readonly local?: unknown;
    readonly hostPath?: unknown;
    readonly csi?: unknown;
  };
}

/** The kinds that belong to no namespace. */
export const clusterWide: readonly string[] = ['PersistentVolume', 'StorageClass'];

export interface PodSpec {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly enableServiceLinks?: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly priorityClassName?: string;
  readonly runtimeClassName?: string;
  readonly schedulerName?: string;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly shareProcessNamespace?: boolean;
  readonly imagePullSecrets?: readonly { readonly name: string }[];
  readonly nodeSelector?: StringMap;
  readonly tolerations?: readonly Readonly<Record<string, unknown>>[];
  readonly affinity?: Affinity;
  readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[];
  readonly securityContext?: SecurityContext;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly Volume[];
}

export interface Affinity {
  readonly nodeAffinity?: unknown;
  readonly podAffinity?: unknown;
  readonly podAntiAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[];
    readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
      readonly weight: number;
      readonly podAffinityTerm: PodAffinityTerm;
    }[];
  };
}

export interface PodAffinityTerm {
  readonly topologyKey: string;
  readonly labelSelector?: { readonly matchLabels?: StringMap };
}

export interface TopologySpreadConstraint extends PodAffinityTerm {
  readonly maxSkew: number;
  readonly whenUnsatisfiable: string;
}

export interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly fsGroup?: number;
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
  readonly seccompProfile?: { readonly type: string };
  readonly procMount?: string;
  readonly sysctls?: readonly unknown[];
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvironmentVariable[];
  readonly envFrom?: readonly unknown[];
  readonly ports?: readonly ContainerPort[];
  readonly resources?: { readonly requests?: StringMap; readonly limits?: StringMap };
  readonly volumeMounts?: readonly VolumeMount[];
  readonly securityContext?: SecurityContext;
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly lifecycle?: { readonly preStop?: { readonly exec?: { readonly command: readonly string[] } } };
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
}

export interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly hostPort?: number;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly subPath?: string;
}

export interface Probe {
  readonly exec?: { readonly command: readonly string[] };
  readonly httpGet?: { readonly path: string; readonly port: number | string; readonly scheme?: string };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly failureThreshold?: number;
  readonly successThreshold?: number;
}

export interface Volume {
  readonly name: string;
  readonly emptyDir?: { readonly medium?: string; readonly sizeLimit?: string };
  readonly image?: { readonly reference: string; readonly pullPolicy?: string };
  readonly configMap?: { readonly name: string; readonly defaultMode?: number };
  readonly secret?: { readonly secretName: string; readonly optional?: boolean };
  readonly hostPath?: { readonly path: string };
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly projected?: { readonly defaultMode?: number; readonly sources: readonly ProjectedSource[] };
}

export interface ProjectedSource {
  readonly serviceAccountToken?: { readonly path: string; readonly expirationSeconds?: number };
  readonly configMap?: { readonly name: string; readonly items?: readonly { key: string; path: string }[] };
  readonly downwardAPI?: {
    readonly items?: readonly { readonly path: string; readonly fieldRef?: { readonly fieldPath: string } }[];
  };
}

export interface Service extends KubernetesObject {
  readonly spec: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly publishNotReadyAddresses?: boolean;
    readonly selector?: StringMap;
    readonly ports?: readonly ServicePort[];
    readonly ipFamilyPolicy?: string;
    readonly ipFamilies?: readonly string[];
    readonly allocateLoadBalancerNodePorts?: boolean;
    readonly loadBalancerClass?: string;
    readonly loadBalancerSourceRanges?: readonly string[];
    readonly externalTrafficPolicy?: string;
    readonly trafficDistribution?: string;
  };
}

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort?: number | string;
  readonly nodePort?: number;
  readonly appProtocol?: string;
}

export interface PodDisruptionBudget extends KubernetesObject {
  readonly spec: {
    readonly minAvailable?: number | string;
    readonly maxUnavailable?: number | string;
    readonly unhealthyPodEvictionPolicy?: string;
    readonly selector: { readonly matchLabels: StringMap };
  };
}

export interface ConfigMap extends KubernetesObject {
  readonly immutable?: boolean;
  readonly data?: StringMap;
}

export interface ServiceAccount extends KubernetesObject {
  readonly automountServiceAccountToken?: boolean;
  readonly imagePullSecrets?: readonly { readonly name: string }[];
}

export interface Role extends KubernetesObject {
  readonly rules: readonly PolicyRule[];
}

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export interface RoleBinding extends KubernetesObject {
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

export interface EtcdCluster extends KubernetesObject {
  readonly spec: {
    readonly size: number;
    readonly version: string;
    readonly imageRegistry?: string;
    readonly etcdOptions?: readonly string[];
    readonly storageSpec?: Readonly<Record<string, string>>;
    readonly tls?: unknown;
    readonly podTemplate?: {
      readonly metadata?: { readonly labels?: StringMap; readonly annotations?: StringMap };
      readonly spec?: {
        readonly affinity?: Affinity;
        readonly nodeSelector?: StringMap;
        readonly tolerations?: unknown;
      };
    };
  };
}

export interface Ingress extends KubernetesObject {
  readonly spec: {
    readonly ingressClassName?: string;
    readonly tls?: readonly { readonly hosts?: readonly string[]; readonly secretName?: string }[];
    readonly rules?: readonly { readonly host?: string; readonly http?: unknown }[];
  };
}

/** A route of the Gateway API: GRPCRoute or TLSRoute. */
export interface Route extends KubernetesObject {
  readonly spec: {
    readonly parentRefs?: readonly unknown[];
    readonly hostnames?: readonly string[];
    readonly rules?: readonly {
      readonly backendRefs?: readonly { readonly name: string; readonly port?: number }[];
    }[];
  };
}

export interface IngressRouteTCP extends KubernetesObject {
  readonly spec: {
    readonly routes: readonly {
      readonly match: string;
      readonly services?: readonly { readonly name: string; readonly port: number | string }[];
    }[];
    readonly tls?: { readonly passthrough?: boolean };
  };
}

/** The kinds that the chart renders. */
export interface Kinds {
  readonly ConfigMap: ConfigMap;
  readonly EtcdCluster: EtcdCluster;
  readonly GRPCRoute: Route;
  readonly Ingress: Ingress;
  readonly IngressRouteTCP: IngressRouteTCP;
  readonly TLSRoute: Route;
  readonly PersistentVolume: PersistentVolume;
  readonly PersistentVolumeClaim: PersistentVolumeClaim;
  readonly PodDisruptionBudget: PodDisruptionBudget;
  readonly Role: Role;
  readonly RoleBinding: RoleBinding;
  readonly Service: Service;
  readonly ServiceAccount: ServiceAccount;
  readonly StatefulSet: StatefulSet;
  readonly StorageClass: StorageClass;
}
