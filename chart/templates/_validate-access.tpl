{{/* How clients reach the members. Each prints one complaint a line, as in _validate.tpl. */}}

{{/* The node ports that the values name and use, as JSON: path to port. */}}
{{- define "etcd.namedNodePorts" -}}
{{- $ports := dict -}}
{{- with .Values.exposure.nodePort -}}
{{- if and .enabled (ne (int .port) 0) }}{{ $_ := set $ports "exposure.nodePort.port" (int .port) }}{{ end -}}
{{- if and .enabled .perMember -}}
{{- range $index, $port := .memberPorts }}{{ $_ := set $ports (printf "exposure.nodePort.memberPorts[%d]" $index) (int $port) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- toJson $ports -}}
{{- end }}

{{- define "etcd.validate.nodePortRange" -}}
{{- $range := splitList "-" .Values.exposure.nodePort.range -}}
{{- $first := index $range 0 | int -}}
{{- $last := index $range 1 | int -}}
{{- range $path, $port := include "etcd.namedNodePorts" . | fromJson }}
{{- if or (lt (int $port) $first) (gt (int $port) $last) }}
{{ $path }}: {{ $port }} is outside of {{ $first }}-{{ $last }}, the ports that Kubernetes has for this; use one of them, or set exposure.nodePort.range to what your API server has
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.nodePortTwice" -}}
{{- $taken := dict -}}
{{- range $path, $port := include "etcd.namedNodePorts" . | fromJson }}
{{- $key := toString $port -}}
{{- if hasKey $taken $key }}
{{ $path }}: {{ $port }} is also {{ get $taken $key }}, and a port on the nodes leads to one Service; use another port
{{- end }}
{{- $_ := set $taken $key $path }}
{{- end }}
{{- end }}

{{- define "etcd.validate.memberPorts" -}}
{{- with .Values.exposure.nodePort }}
{{- $count := len .memberPorts -}}
{{- if and .enabled .perMember $count (lt $count (int $.Values.replicaCount)) }}
exposure.nodePort.memberPorts: {{ toJson .memberPorts }} names {{ $count }} of {{ int $.Values.replicaCount }} members, and the rest would get ports by chance; add {{ sub (int $.Values.replicaCount) $count }} more, or remove all of them
{{- end }}
{{- end }}
{{- end }}
