{{/* "true" when the members speak TLS, which as yet only the operator can give them. */}}
{{- define "etcd.speaksTls" -}}
{{- and (eq .Values.mode "operator") (not (empty .Values.operator.tls)) -}}
{{- end }}

{{/* What the addresses of the members begin with. */}}
{{- define "etcd.scheme" -}}
{{- eq (include "etcd.speaksTls" .) "true" | ternary "https" "http" -}}
{{- end }}

{{/* The labels that select the pods of the members, whoever makes them. The operator's pods bear its own. */}}
{{- define "etcd.podSelector" -}}
{{- if eq .Values.mode "operator" -}}
app: {{ include "etcd.fullname" . | quote }}
controller: {{ include "etcd.fullname" . | quote }}
{{- else -}}
{{- include "etcd.selectorLabels" . -}}
{{- end -}}
{{- end }}

{{/* The members that drains leave alone, as a number, which is all that Kubernetes takes for pods without a set. Percentages are rounded up, as it does. */}}
{{- define "etcd.minAvailable" -}}
{{- $size := int .Values.replicaCount -}}
{{- $away := .Values.podDisruptionBudget.maxUnavailable -}}
{{- if kindIs "string" $away }}{{ $away = div (add (mul $size (trimSuffix "%" $away | int)) 99) 100 }}{{ end -}}
{{- sub $size (int $away) | max 0 -}}
{{- end }}

{{/* Where the operator keeps the data, as spec.storageSpec has it. */}}
{{- define "etcd.storageSpec" -}}
accessModes: ReadWriteOnce
{{- with include "etcd.storageClass" . }}
storageClassName: {{ quote . }}
{{- end }}
volumeSizeRequest: {{ include "etcd.scalar" .Values.persistence.size | quote }}
{{- end }}

{{/* What the operator's pods bear besides its labels, as spec.podTemplate.metadata has it; empty when there is nothing. */}}
{{- define "etcd.podMetadata" -}}
{{- with merge dict .Values.podLabels .Values.commonLabels }}
labels:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with merge dict .Values.podAnnotations .Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Where the operator's pods may run, as spec.podTemplate.spec has it; empty when there is nothing to say. */}}
{{- define "etcd.podPlacement" -}}
{{- with include "etcd.affinity" . }}
affinity:
  {{- . | nindent 2 }}
{{- end }}
{{- range $key, $value := pick .Values "nodeSelector" "tolerations" }}
{{- if $value }}
{{ dict $key $value | toYaml }}
{{- end }}
{{- end }}
{{- end }}

{{/* What the operator's pods are to be, as spec.podTemplate has it; empty when there is nothing to say. */}}
{{- define "etcd.podTemplate" -}}
{{- with include "etcd.podMetadata" . }}
metadata:
  {{- trim . | nindent 2 }}
{{- end }}
{{- with include "etcd.podPlacement" . }}
spec:
  {{- trim . | nindent 2 }}
{{- end }}
{{- end }}

{{/* What the operator cannot do is told by exclusion: the values it has a place for, as a regular expression of their paths. */}}
{{- define "etcd.operatorValues" -}}
{{- list "mode" "replicaCount" "image[.](registry|repository|tag|allowUnsupportedTag)" "extraArgs"
  "(operator|config|service|exposure|podDisruptionBudget|global)[.].*" "persistence[.](enabled|storageClass|size|class[.].*)"
  "podLabels" "podAnnotations" "nodeSelector" "tolerations" "affinity" "spread[.]nodes" "(name|fullname)Override" "common(Labels|Annotations)"
  | join "|" | printf "^(%s)$" -}}
{{- end }}
