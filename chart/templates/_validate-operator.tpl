{{/* What etcd-operator cannot do. Each prints one complaint a line, as in _validate.tpl. */}}

{{- define "etcd.validate.operatorSize" -}}
{{- if and (eq .Values.mode "operator") (eq (int .Values.replicaCount) 0) }}
replicaCount: 0 hibernates, and etcd-operator takes 1 or more (mode=operator); set 1 or more, or use mode=statefulset
{{- end }}
{{- end }}

{{- define "etcd.validate.operatorStorage" -}}
{{- if and (eq .Values.mode "operator") (eq (include "etcd.storageClass" .) "-") }}
persistence.storageClass: "-" asks for no class, and etcd-operator takes the default one then (mode=operator); set the name of a class
{{- end }}
{{- end }}

{{/* The values at a path such as image.tag, as JSON. Takes root and path. */}}
{{- define "etcd.valueAt" -}}
{{- $value := .root.Values -}}
{{- range splitList "." .path }}{{ $value = kindIs "map" $value | ternary (get (default dict $value) .) "" }}{{ end -}}
{{- toJson $value -}}
{{- end }}

{{- define "etcd.validate.operatorOnly" -}}
{{- if eq .Values.mode "operator" }}
{{- range $path, $default := .Files.Get "defaults.json" | fromJson }}
{{- $value := include "etcd.valueAt" (dict "root" $ "path" $path) -}}
{{- $idle := and (eq $path "spread.zones") (eq $value (toJson "none")) -}}
{{- if and (ne $value (toJson $default)) (not $idle) (not (regexMatch (include "etcd.operatorValues" $) $path)) }}
{{ $path }}: {{ $value }} is set, and etcd-operator has no place for it (mode=operator); remove it, or use mode=statefulset
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.operatorTls" -}}
{{- if and (ne .Values.mode "operator") .Values.operator.tls }}
operator.tls: {{ toJson .Values.operator.tls }} means nothing for mode={{ .Values.mode }}, whose members speak no TLS yet; remove it, or use mode=operator
{{- end }}
{{- end }}
