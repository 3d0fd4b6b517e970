{{/* The labels that select one member. Takes root and ordinal. */}}
{{- define "etcd.memberSelector" -}}
{{ include "etcd.podSelector" .root }}
statefulset.kubernetes.io/pod-name: {{ printf "%s-%d" (include "etcd.fullname" .root) .ordinal | quote }}
{{- end }}

{{/* The port of a Service for clients. Takes nodePort, the port on every node; 0 lets Kubernetes choose. */}}
{{- define "etcd.clientPort" -}}
- name: client
  port: 2379
  targetPort: client
  {{- with int .nodePort }}
  nodePort: {{ . }}
  {{- end }}
{{- end }}

{{/* What the Services for clients outside share in their spec. Takes root and own, the values of one way in. */}}
{{- define "etcd.outside" -}}
{{- with .own.externalTrafficPolicy }}
externalTrafficPolicy: {{ . }}
{{- end }}
{{- with .root.Values.service.ipFamilyPolicy }}
ipFamilyPolicy: {{ . }}
{{- end }}
{{- with .root.Values.service.ipFamilies }}
ipFamilies: {{ toJson . }}
{{- end }}
{{- end }}

{{/* What makes a Service a load balancer, as its spec has it. */}}
{{- define "etcd.loadBalancer" -}}
type: LoadBalancer
allocateLoadBalancerNodePorts: {{ .Values.exposure.loadBalancer.allocateNodePorts }}
{{- with .Values.exposure.loadBalancer.class }}
loadBalancerClass: {{ quote . }}
{{- end }}
{{- with .Values.exposure.loadBalancer.sourceRanges }}
loadBalancerSourceRanges:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The port of a member on every node; 0 lets Kubernetes choose. Takes root and ordinal. */}}
{{- define "etcd.memberPort" -}}
{{- $ports := .root.Values.exposure.nodePort.memberPorts -}}
{{- if $ports }}{{ index $ports .ordinal | int }}{{ else }}0{{ end -}}
{{- end }}

{{/* The values that open the client port to the outside, in words; empty when none does. */}}
{{- define "etcd.waysIn" -}}
{{- $ways := list -}}
{{- range $way, $values := .Values.exposure -}}
{{- if $values.enabled }}{{ $ways = append $ways (printf "exposure.%s" $way) }}{{ end -}}
{{- end -}}
{{- join " and " $ways -}}
{{- end }}
