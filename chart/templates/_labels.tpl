{{/* The labels that select the members. They never change: Kubernetes would refuse the upgrade. */}}
{{- define "etcd.selectorLabels" -}}
app.kubernetes.io/name: {{ include "etcd.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: etcd
{{- end }}

{{/* The selector labels as kubectl takes them. */}}
{{- define "etcd.selector" -}}
app.kubernetes.io/name={{ include "etcd.name" . }},app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/component=etcd
{{- end }}

{{/* The labels of an object. Takes root and own (a map of labels). The chart's labels win. */}}
{{- define "etcd.labels" -}}
{{- $labels := include "etcd.selectorLabels" .root | fromYaml -}}
{{- $_ := set $labels "app.kubernetes.io/version" (include "etcd.version" .root | default .root.Chart.AppVersion) -}}
{{- $_ := set $labels "app.kubernetes.io/managed-by" .root.Release.Service -}}
{{- $_ := set $labels "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_") -}}
{{- merge $labels .own .root.Values.commonLabels | toYaml -}}
{{- end }}

{{/* The annotation that keeps Argo CD from deleting an object that no longer is in the release. */}}
{{- define "etcd.neverPruned" -}}
argocd.argoproj.io/sync-options: Prune=false
{{- end }}

{{/* The annotations of an object that outlives the release, with Helm and with Argo CD. */}}
{{- define "etcd.kept" -}}
helm.sh/resource-policy: keep
{{ include "etcd.neverPruned" . }}
{{- end }}

{{/* The metadata of an object of the namespace. Takes root, name, and optionally own (the values with its labels and annotations). */}}
{{- define "etcd.metadata" -}}
name: {{ .name | quote }}
namespace: {{ .root.Release.Namespace | quote }}
{{- include "etcd.labelsAndAnnotations" . }}
{{- end }}

{{/* Labels and annotations of an object, a line break before them. Takes root and optionally own, as above. */}}
{{- define "etcd.labelsAndAnnotations" -}}
{{- $own := merge dict (.own | default dict) (dict "labels" dict "annotations" dict) }}
labels:
  {{- include "etcd.labels" (dict "root" .root "own" $own.labels) | nindent 2 }}
{{- with merge dict $own.annotations .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
