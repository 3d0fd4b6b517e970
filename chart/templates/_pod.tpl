{{/* A scalar as text. Helm may hold a number as a float, which would print 1e+06. */}}
{{- define "etcd.scalar" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ toJson . }}{{ end -}}
{{- end }}

{{/* The etcd flags that are the same for every member; the scripts add what belongs to one member. */}}
{{- define "etcd.flags" -}}
- --auto-compaction-mode={{ .Values.config.autoCompactionMode }}
- --auto-compaction-retention={{ include "etcd.scalar" .Values.config.autoCompactionRetention }}
- --election-timeout={{ int64 .Values.config.electionTimeout }}
- --heartbeat-interval={{ int64 .Values.config.heartbeatInterval }}
- --log-level={{ .Values.config.logLevel }}
- --quota-backend-bytes={{ int64 .Values.config.quotaBackendBytes }}
- --snapshot-count={{ int64 .Values.config.snapshotCount }}
- --strict-reconfig-check=true
{{- end }}

{{/* The etcd flags that only some minors know. */}}
{{- define "etcd.flagsByMinor" -}}
{{- if eq (include "etcd.isOld" .) "true" -}}
- --experimental-compact-hash-check-enabled={{ .Values.config.featureGates.CompactHashCheck | default false }}
- --experimental-initial-corrupt-check={{ .Values.config.featureGates.InitialCorruptCheck | default false }}
{{- else -}}
- --feature-gates={{ include "etcd.featureGates" . }}
- --log-format={{ .Values.config.logFormat }}
{{- end }}
{{- end }}

{{/* "true" when the image is etcd 3.5 or older, which has experimental flags in place of feature gates. */}}
{{- define "etcd.isOld" -}}
{{- semverCompare "<3.6.0-0" (include "etcd.version" . | default .Chart.AppVersion) -}}
{{- end }}

{{/* The feature gates as etcd takes them: A=true,B=false. */}}
{{- define "etcd.featureGates" -}}
{{- $gates := list -}}
{{- range $name, $on := .Values.config.featureGates }}{{ $gates = append $gates (printf "%s=%t" $name $on) }}{{ end -}}
{{- join "," $gates -}}
{{- end }}

{{/* What the pod tells the scripts about itself: variable to field. */}}
{{- define "etcd.podFields" -}}
POD_IPS: status.podIPs
POD_NAME: metadata.name
POD_NAMESPACE: metadata.namespace
POD_UID: metadata.uid
{{- end }}

{{/* Where a member's data is: on its own volume, or in its own directory of the one that all share. */}}
{{- define "etcd.dataSettings" -}}
{{- if .Values.persistence.shared }}
CLAIM: {{ include "etcd.sharedClaim" . | quote }}
DATA_DIR: /var/lib/etcd/$(POD_NAME)
SHARED_DIR: /var/lib/etcd
{{- else }}
DATA_DIR: /var/lib/etcd
{{- end }}
{{- end }}

{{/* What the chart tells the scripts: variable to value. */}}
{{- define "etcd.settings" -}}
{{- include "etcd.dataSettings" . }}
GRACE_PERIOD_SECONDS: {{ int64 .Values.terminationGracePeriodSeconds | quote }}
HOME: /run/etcd
MEMBER_HOST: {{ include "etcd.memberHost" . | quote }}
PATH: /opt/busybox/bin:/opt/kubectl/bin:/usr/local/bin
PERSISTENCE: {{ .Values.persistence.enabled | quote }}
RECORD: {{ include "etcd.record" . | quote }}
RUN_DIR: /run/etcd
SELECTOR: {{ include "etcd.selector" . | quote }}
STATEFULSET: {{ include "etcd.fullname" . | quote }}
{{- end }}

{{/* The environment of both containers. */}}
{{- define "etcd.env" -}}
{{- range $name, $field := include "etcd.podFields" . | fromYaml }}
- name: {{ $name }}
  valueFrom: {fieldRef: {fieldPath: {{ $field }}}}
{{- end }}
{{- range $name, $value := include "etcd.settings" . | fromYaml }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* "true" when image volumes bring the tools, which Kubernetes 1.36 and newer offer without a feature gate. */}}
{{- define "etcd.mountsTools" -}}
{{- if eq .Values.tools.source "auto" -}}
{{- semverCompare ">=1.36.0-0" .Capabilities.KubeVersion.Version -}}
{{- else -}}
{{- eq .Values.tools.source "imageVolume" -}}
{{- end -}}
{{- end }}

{{/* Where both containers find shell, kubectl and scripts: the same paths, however the tools came. */}}
{{- define "etcd.toolMounts" -}}
{{- if eq (include "etcd.mountsTools" .) "true" -}}
- {name: busybox, mountPath: /opt/busybox, readOnly: true}
- {name: kubectl, mountPath: /opt/kubectl, readOnly: true}
{{- else -}}
- {name: tools, mountPath: /opt, readOnly: true}
{{- end }}
- {name: scripts, mountPath: /scripts, readOnly: true}
- {name: api-access, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}
- {name: run, mountPath: /run/etcd}
{{- end }}

{{/* The pull secrets as Kubernetes takes them, each once. */}}
{{- define "etcd.imagePullSecrets" -}}
{{- $secrets := list -}}
{{- range concat .Values.global.imagePullSecrets .Values.imagePullSecrets -}}
{{- $secrets = append $secrets (kindIs "string" . | ternary (dict "name" .) .) -}}
{{- end -}}
{{- with uniq $secrets }}{{ toYaml . }}{{ end -}}
{{- end }}
