{{/* The name that labels and derived names bear. */}}
{{- define "etcd.name" -}}
{{- .Values.nameOverride | default .Chart.Name -}}
{{- end }}

{{/* The StatefulSet's name and the prefix of all others. Never cut: a name that is too long is refused in validate.yaml. */}}
{{- define "etcd.fullname" -}}
{{- $name := include "etcd.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name -}}
{{- end -}}
{{- end }}

{{/* The headless Service that gives every member its name. */}}
{{- define "etcd.peerService" -}}
{{- include "etcd.fullname" . }}{{ if ne .Values.mode "operator" }}-peer{{ end -}}
{{- end }}

{{/* The Service for clients inside. The operator makes one of its own by the full name. */}}
{{- define "etcd.clientService" -}}
{{- include "etcd.fullname" . }}{{ if eq .Values.mode "operator" }}-client{{ end -}}
{{- end }}

{{/* The cluster record: a ConfigMap that the pods make, never Helm. */}}
{{- define "etcd.record" -}}
{{- include "etcd.fullname" . }}-cluster
{{- end }}

{{/* The request for a restore: a ConfigMap of Helm's, or one made by hand. */}}
{{- define "etcd.restore" -}}
{{- include "etcd.fullname" . }}-restore
{{- end }}

{{/* The ConfigMap of the scripts. Its name changes with its content, so a pod keeps the scripts of its own revision. */}}
{{- define "etcd.scripts" -}}
{{- include "etcd.fullname" . }}-scripts-{{ (.Files.Glob "scripts/*.sh").AsConfig | sha256sum | trunc 10 }}
{{- end }}

{{/* The DNS name of a member, with %s in place of its ordinal. */}}
{{- define "etcd.memberHost" -}}
{{- include "etcd.fullname" . }}-%s.{{ include "etcd.peerService" . }}.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}
{{- end }}

{{/* The names with an ordinal of all members that there can be, as a YAML list. Takes what stands before the ordinal. */}}
{{- define "etcd.everyOrdinal" -}}
{{- range $ordinal := until 9 }}
- {{ printf "%s-%d" $ $ordinal | quote }}
{{- end }}
{{- end }}

{{/* The ServiceAccount of the pods. */}}
{{- define "etcd.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (.Values.serviceAccount.create | ternary (include "etcd.fullname" .) "default") -}}
{{- end }}

{{/* The reference of an image. Takes image (registry, repository, tag, digest) and root. */}}
{{- define "etcd.image" -}}
{{- with .root.Values.global.imageRegistry | default .image.registry }}{{ . }}/{{ end }}
{{- .image.repository }}
{{- with .image.tag }}:{{ . }}{{ end }}
{{- with .image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* The etcd version that the tag tells, such as 3.7.3; empty when it tells none. */}}
{{- define "etcd.version" -}}
{{- $number := "(0|[1-9][0-9]*)" -}}
{{- regexFind (printf "^v?%s[.]%s[.]%s" $number $number $number) .Values.image.tag | trimPrefix "v" -}}
{{- end }}
