{{/* What a controller has to be told to carry gRPC: annotations of the Ingress. Each takes the values of the Ingress. */}}

{{/* ingress-nginx: streams have no end, so neither time nor size may end them. */}}
{{- define "etcd.controller.ingressnginx" -}}
{{- if eq .tls "passthrough" -}}
nginx.ingress.kubernetes.io/ssl-passthrough: "true"
{{- else -}}
nginx.ingress.kubernetes.io/backend-protocol: GRPC
nginx.ingress.kubernetes.io/proxy-body-size: "0"
nginx.ingress.kubernetes.io/proxy-read-timeout: "86400"
nginx.ingress.kubernetes.io/proxy-send-timeout: "86400"
{{- end -}}
{{- end }}

{{/* Traefik: HTTP/2 in the clear is a setting of the Service. Passthrough is an IngressRouteTCP instead. */}}
{{- define "etcd.controller.traefik" -}}
traefik.ingress.kubernetes.io/router.tls: "true"
{{- end }}

{{/* The controller of HAProxy Technologies. */}}
{{- define "etcd.controller.haproxy" -}}
{{- if eq .tls "passthrough" -}}
haproxy.org/ssl-passthrough: "true"
{{- else -}}
haproxy.org/server-proto: h2
{{- end -}}
{{- end }}

{{/* haproxy-ingress.github.io */}}
{{- define "etcd.controller.haproxyingress" -}}
{{- if eq .tls "passthrough" -}}
haproxy-ingress.github.io/ssl-passthrough: "true"
{{- else -}}
haproxy-ingress.github.io/backend-protocol: grpc
haproxy-ingress.github.io/timeout-server: 24h
{{- end -}}
{{- end }}

{{/* The values of the Ingress, with what its controller has to be told among the annotations. */}}
{{- define "etcd.ingressMetadata" -}}
{{- $own := .Values.exposure.ingress -}}
{{- $settings := dict -}}
{{- if $own.controller -}}
{{- $settings = include (printf "etcd.controller.%s" (replace "-" "" $own.controller)) $own | fromYaml -}}
{{- end -}}
{{- dict "labels" $own.labels "annotations" (merge dict $own.annotations $settings) | toJson -}}
{{- end }}

{{/* "true" when passthrough goes by Traefik's own kind, as no Ingress tells it that. */}}
{{- define "etcd.routesByTraefik" -}}
{{- with .Values.exposure.ingress -}}
{{- and .enabled (eq .controller "traefik") (eq .tls "passthrough") -}}
{{- end -}}
{{- end }}

{{/* The values of the client Service, with what brings HTTP/2 to it among the annotations. */}}
{{- define "etcd.serviceMetadata" -}}
{{- $annotations := .Values.service.annotations -}}
{{- with .Values.exposure.ingress -}}
{{- if and .enabled (eq .controller "traefik") (eq .tls "terminate") -}}
{{- $annotations = merge dict $annotations (dict "traefik.ingress.kubernetes.io/service.serversscheme" "h2c") -}}
{{- end -}}
{{- end -}}
{{- dict "labels" .Values.service.labels "annotations" $annotations | toJson -}}
{{- end }}
