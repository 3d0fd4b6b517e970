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

{{- define "etcd.validate.ingress" -}}
{{- with .Values.exposure.ingress }}
{{- if and .enabled (not .host) }}
exposure.ingress.host: "" is no name, and an Ingress for every host would take other people's gRPC; set the name that clients dial
{{- end }}
{{- if and .enabled (eq .tls "terminate") (not .secretName) }}
exposure.ingress.secretName: "" names no certificate; gRPC needs TLS, which ends at the controller with exposure.ingress.tls=terminate; set a Secret (kubectl create secret tls), or "-" for the controller's default certificate
{{- else if and .enabled (eq .tls "passthrough") .secretName }}
exposure.ingress.secretName: {{ quote .secretName }} means nothing for exposure.ingress.tls=passthrough, where the certificate is etcd's; remove it
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.gateway" -}}
{{- with .Values.exposure.gateway }}
{{- if and .enabled (not .host) }}
exposure.gateway.host: "" is no name, and a route for every host would take other people's gRPC; set the name that clients dial
{{- end }}
{{- if and .enabled (not .parentRefs) }}
exposure.gateway.parentRefs: [] names no Gateway, and nothing would lead to the route; add one such as {name: public}
{{- end }}
{{- end }}
{{- end }}

{{/* The ways in that leave TLS to etcd, as YAML: path to value. */}}
{{- define "etcd.leftToEtcd" -}}
{{- with .Values.exposure -}}
{{- if and .ingress.enabled (eq .ingress.tls "passthrough") }}
exposure.ingress.tls: passthrough
{{- end }}
{{- if and .gateway.enabled (eq .gateway.kind "TLSRoute") }}
exposure.gateway.kind: TLSRoute
{{- end }}
{{- end -}}
{{- end }}

{{/* The ways in that speak to etcd in the clear, as YAML: path to value. */}}
{{- define "etcd.inTheClear" -}}
{{- with .Values.exposure -}}
{{- if and .ingress.enabled (eq .ingress.tls "terminate") }}
exposure.ingress.tls: terminate
{{- end }}
{{- if and .gateway.enabled (eq .gateway.kind "GRPCRoute") }}
exposure.gateway.kind: GRPCRoute
{{- end }}
{{- end -}}
{{- end }}

{{- define "etcd.validate.passthrough" -}}
{{- if eq (include "etcd.speaksTls" .) "true" }}
{{- range $path, $value := include "etcd.inTheClear" . | fromYaml }}
{{ $path }}: {{ $value }} ends TLS before etcd, and operator.tls has etcd ask its clients for certificates; use passthrough or a TLSRoute
{{- end }}
{{- else }}
{{- range $path, $value := include "etcd.leftToEtcd" . | fromYaml }}
{{ $path }}: {{ $value }} leaves TLS to etcd, and these members speak none; use terminate or a GRPCRoute, or let mode=operator make TLS by operator.tls
{{- end }}
{{- end }}
{{- end }}

{{/* The kinds of others that the values ask for, as YAML: path to API version and kind. */}}
{{- define "etcd.kindsOfOthers" -}}
{{- if .Values.exposure.gateway.enabled }}
exposure.gateway.enabled: gateway.networking.k8s.io/v1/{{ .Values.exposure.gateway.kind }}
{{- end }}
{{- if eq (include "etcd.routesByTraefik" .) "true" }}
exposure.ingress.controller: traefik.io/v1alpha1/IngressRouteTCP
{{- end }}
{{- if eq .Values.mode "operator" }}
mode: operator.etcd.io/v1alpha1/EtcdCluster
{{- end }}
{{- end }}

{{- define "etcd.validate.kindsOfOthers" -}}
{{- range $path, $kind := include "etcd.kindsOfOthers" . | fromYaml }}
{{- if not ($.Capabilities.APIVersions.Has $kind) }}
{{ $path }}: the Kubernetes cluster serves no {{ $kind }}; add its custom resource definition first, or for helm template (which asks no cluster) add --api-versions {{ $kind }}
{{- end }}
{{- end }}
{{- end }}
