{{/* The storage class that the chart makes. It belongs to no namespace, so its name tells whose it is. */}}
{{- define "etcd.className" -}}
{{- .Values.persistence.storageClass | default (printf "%s-%s" .Release.Namespace (include "etcd.fullname" .)) -}}
{{- end }}

{{/* The storage class of the claims as text: a name, `-` for none, or nothing for the default of the Kubernetes cluster. */}}
{{- define "etcd.storageClass" -}}
{{- if .Values.persistence.storageClass -}}
{{- .Values.persistence.storageClass -}}
{{- else if .Values.persistence.class.create -}}
{{- include "etcd.className" . -}}
{{- else -}}
{{- .Values.persistence.static | empty | ternary .Values.global.storageClass "-" -}}
{{- end -}}
{{- end }}

{{/* The one claim of all members, when they share a volume. */}}
{{- define "etcd.sharedClaim" -}}
{{- .Values.persistence.existingClaim | default (printf "data-%s" (include "etcd.fullname" .)) -}}
{{- end }}

{{/* The name of a claim that a PersistentVolume is for. Takes root and ordinal. */}}
{{- define "etcd.claimOf" -}}
{{- if .root.Values.persistence.shared -}}
{{- include "etcd.sharedClaim" .root -}}
{{- else -}}
{{- printf "data-%s-%d" (include "etcd.fullname" .root) .ordinal -}}
{{- end -}}
{{- end }}

{{/* What a claim asks for. Takes root, class (a name, `-` or nothing) and size. */}}
{{- define "etcd.claimSpec" -}}
accessModes:
  {{- toYaml .root.Values.persistence.accessModes | nindent 2 }}
{{- with .class }}
storageClassName: {{ eq . "-" | ternary "" . | quote }}
{{- end }}
volumeMode: Filesystem
resources:
  requests:
    storage: {{ include "etcd.scalar" .size | quote }}
{{- end }}

{{/* The node that a PersistentVolume lies on, as Kubernetes wants it said. Takes the name of the node. */}}
{{- define "etcd.onNode" -}}
required:
  nodeSelectorTerms:
    - matchExpressions:
        - {key: kubernetes.io/hostname, operator: In, values: [{{ quote . }}]}
{{- end }}
