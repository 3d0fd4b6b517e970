{{/* The pods' affinity: members on different nodes, unless the values bring a pod anti-affinity of their own. */}}
{{- define "etcd.affinity" -}}
{{- $affinity := deepCopy .Values.affinity -}}
{{- if and (ne .Values.spread.nodes "none") (not (hasKey $affinity "podAntiAffinity")) -}}
{{- $_ := set $affinity "podAntiAffinity" (include (printf "etcd.apart.%s" .Values.spread.nodes) . | fromYaml) -}}
{{- end -}}
{{- with $affinity }}{{ toYaml . }}{{ end -}}
{{- end }}

{{/* A pod anti-affinity that prefers different nodes. */}}
{{- define "etcd.apart.soft" -}}
preferredDuringSchedulingIgnoredDuringExecution:
  - weight: 100
    podAffinityTerm:
      topologyKey: kubernetes.io/hostname
      labelSelector:
        matchLabels:
          {{- include "etcd.podSelector" . | nindent 10 }}
{{- end }}

{{/* A pod anti-affinity that insists on different nodes. */}}
{{- define "etcd.apart.hard" -}}
requiredDuringSchedulingIgnoredDuringExecution:
  - topologyKey: kubernetes.io/hostname
    labelSelector:
      matchLabels:
        {{- include "etcd.podSelector" . | nindent 8 }}
{{- end }}

{{/* The pods' topology spread: evenly over zones, unless the values bring constraints of their own. */}}
{{- define "etcd.topologySpreadConstraints" -}}
{{- if .Values.topologySpreadConstraints -}}
{{- toYaml .Values.topologySpreadConstraints -}}
{{- else if ne .Values.spread.zones "none" -}}
- maxSkew: 1
  topologyKey: topology.kubernetes.io/zone
  whenUnsatisfiable: {{ eq .Values.spread.zones "hard" | ternary "DoNotSchedule" "ScheduleAnyway" }}
  labelSelector:
    matchLabels:
      {{- include "etcd.selectorLabels" . | nindent 6 }}
{{- end -}}
{{- end }}
