{{/* Each of these prints one complaint a line, or nothing: key path, value, rule, remedy. validate.yaml collects them. */}}

{{- define "etcd.validate.names" -}}
{{- $name := include "etcd.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) }}
fullnameOverride: the full name {{ $name | quote }} must be lower case letters, digits and dashes, a letter first, for Services to bear it; set fullnameOverride
{{- end }}
{{- if gt (len $name) 52 }}
fullnameOverride: the full name {{ $name | quote }} has {{ len $name }} characters, but Kubernetes labels pods with it and a hash, which leaves 52; set a shorter fullnameOverride or release name
{{- end }}
{{- $host := printf (include "etcd.memberHost" .) "99" -}}
{{- if gt (len $host) 253 }}
clusterDomain: the member name {{ $host | quote }} has {{ len $host }} characters, but DNS allows 253; set a shorter fullnameOverride, namespace or clusterDomain
{{- end }}
{{- end }}

{{- define "etcd.validate.replicas" -}}
{{- if and (eq (int .Values.replicaCount) 0) (not .Values.persistence.enabled) }}
replicaCount: 0 deletes every pod, and without persistence the data lives in the pods; keep at least 1 or set persistence.enabled=true
{{- end }}
{{- end }}

{{- define "etcd.validate.image" -}}
{{- $floors := dict "3.5" "3.5.33" "3.6" "3.6.14" "3.7" "3.7.1" -}}
{{- $version := include "etcd.version" . -}}
{{- $floor := get $floors (regexFind "^[0-9]+[.][0-9]+" $version) -}}
{{- if .Values.image.allowUnsupportedTag -}}
{{- else if not $version }}
image.tag: {{ .Values.image.tag | quote }} does not tell which etcd it is, which decides flags and upgrades (also beside a digest); use a tag such as "v{{ .Chart.AppVersion }}", or insist with image.allowUnsupportedTag=true
{{- else if not $floor }}
image.tag: {{ .Values.image.tag | quote }} is none of the minors this chart knows: {{ keys $floors | sortAlpha | join ", " }}; use one of them, or insist with image.allowUnsupportedTag=true
{{- else if semverCompare (printf "<%s-0" $floor) $version }}
image.tag: {{ .Values.image.tag | quote }} lacks fixes for security and for learners that came with {{ $floor }}; use "v{{ $floor }}" or newer, or insist with image.allowUnsupportedTag=true
{{- end }}
{{- end }}

{{- define "etcd.validate.config" -}}
{{- $config := .Values.config -}}
{{- if and (gt (int64 $config.quotaBackendBytes) 8589934592) (not $config.allowLargeQuota) }}
config.quotaBackendBytes: {{ int64 $config.quotaBackendBytes }} is above 8589934592 (8 GiB), the most that etcd recommends; lower it, or insist with config.allowLargeQuota=true
{{- end }}
{{- if lt (int64 $config.electionTimeout) (mul 5 (int64 $config.heartbeatInterval)) }}
config.electionTimeout: {{ int64 $config.electionTimeout }} ms is less than 5 heartbeats of {{ int64 $config.heartbeatInterval }} ms, which etcd refuses; raise it or lower config.heartbeatInterval
{{- end }}
{{- $retention := include "etcd.scalar" $config.autoCompactionRetention -}}
{{- if and (eq $config.autoCompactionMode "revision") (not (regexMatch "^[0-9]+$" $retention)) }}
config.autoCompactionRetention: {{ $retention | quote }} is no number of revisions, which config.autoCompactionMode=revision needs; set a number such as 10000
{{- end }}
{{- end }}

{{- define "etcd.validate.oldMinor" -}}
{{- if eq (include "etcd.isOld" .) "true" }}
{{- range $gate := keys .Values.config.featureGates | sortAlpha }}
{{- if not (has $gate (list "CompactHashCheck" "InitialCorruptCheck")) }}
config.featureGates.{{ $gate }}: etcd 3.5 has no feature gates besides CompactHashCheck and InitialCorruptCheck; remove it or use a newer image.tag
{{- end }}
{{- end }}
{{- if ne .Values.config.logFormat "json" }}
config.logFormat: {{ .Values.config.logFormat | quote }} needs etcd 3.6 or newer; use "json" or a newer image.tag
{{- end }}
{{- end }}
{{- end }}

{{/* The flags that the chart or its scripts set, for some minor at least, as a regular expression. */}}
{{- define "etcd.ownFlags" -}}
{{- list "name" "(data|wal)-dir" "config-file" "force-new-cluster" "strict-reconfig-check" "(experimental-)?max-learners" "feature-gates"
  "listen-(client|client-http|peer|metrics)-urls" "(initial-)?advertise-(client|peer)-urls" "initial-cluster(-state|-token)?" "discovery.*"
  "auto-compaction-(mode|retention)" "heartbeat-interval" "election-timeout" "snapshot-count" "quota-backend-bytes"
  "logger" "log-(level|format)" "experimental-(initial-corrupt-check|compact-hash-check-enabled)" | join "|" | printf "^(%s)$" -}}
{{- end }}

{{- define "etcd.validate.extraArgs" -}}
{{- $old := semverCompare "<3.7.0-0" (include "etcd.version" . | default .Chart.AppVersion) -}}
{{- range $name, $value := .Values.extraArgs }}
{{- if regexMatch (include "etcd.ownFlags" $) $name }}
extraArgs.{{ $name }}: the chart sets --{{ $name }} itself; remove it, what may be changed has a key in config
{{- else if regexMatch "^(peer-)?(auto-tls|cert-file|key-file|trusted-ca-file|client-cert-auth)$" $name }}
extraArgs.{{ $name }}: members listen on plain HTTP, so --{{ $name }} would promise what it does not do; remove it
{{- else if and (hasPrefix "experimental-" $name) (not $old) }}
extraArgs.{{ $name }}: etcd 3.7 and newer refuse to start with experimental flags; use the name without experimental-, or config.featureGates
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.extraEnv" -}}
{{- $own := merge (include "etcd.podFields" . | fromYaml) (include "etcd.settings" . | fromYaml) -}}
{{- range $name, $value := .Values.extraEnv }}
{{- if or (hasKey $own $name) (has $name (list "BIND_ADDRESS" "KUBECONFIG")) }}
extraEnv.{{ $name }}: the chart's scripts need {{ $name }} for themselves; remove it
{{- else if regexMatch "^ETCD(CTL)?_" $name }}
extraEnv.{{ $name }}: etcd and etcdctl would read it and contradict the chart; give flags of etcd by config or extraArgs
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.volumes" -}}
{{- $names := list "data" "run" "scripts" "api-access" "tools" "busybox" "kubectl" -}}
{{- range $index, $volume := .Values.extraVolumes }}
{{- if has $volume.name $names }}
extraVolumes[{{ $index }}].name: {{ $volume.name | quote }} is taken by the chart or by another entry; use another name
{{- end }}
{{- $names = append $names $volume.name }}
{{- end }}
{{- end }}

{{- define "etcd.validate.mounts" -}}
{{- $paths := list -}}
{{- range $index, $mount := .Values.extraVolumeMounts }}
{{- $path := clean $mount.mountPath }}
{{- if has $path $paths }}
extraVolumeMounts[{{ $index }}].mountPath: {{ $path | quote }} is there twice; use another path
{{- else if regexMatch "^/($|opt(/|$)|scripts(/|$)|run/etcd(/|$)|usr/local/bin(/|$)|var/lib/etcd(/|$)|var/run/secrets/kubernetes.io(/|$))" $path }}
extraVolumeMounts[{{ $index }}].mountPath: {{ $path | quote }} would cover what the chart or the image keeps there; use another path
{{- end }}
{{- $paths = append $paths $path }}
{{- end }}
{{- end }}

{{- define "etcd.validate.metadata" -}}
{{- $nodes := dict "persistence" .Values.persistence "podDisruptionBudget" .Values.podDisruptionBudget "rbac" .Values.rbac "service" .Values.service "peerService" .Values.peerService "serviceAccount" .Values.serviceAccount "statefulSet" .Values.statefulSet -}}
{{- $labels := dict "commonLabels" .Values.commonLabels "podLabels" .Values.podLabels -}}
{{- $annotations := dict "commonAnnotations" .Values.commonAnnotations "podAnnotations" .Values.podAnnotations -}}
{{- range $path, $node := $nodes }}
{{- $_ := set $labels (printf "%s.labels" $path) $node.labels }}
{{- $_ := set $annotations (printf "%s.annotations" $path) $node.annotations }}
{{- end }}
{{- range $path, $map := $labels }}
{{- range $key, $value := $map }}
{{- if regexMatch "^(app[.]kubernetes[.]io/(name|instance|component|version|managed-by)|helm[.]sh/chart)$" $key }}
{{ $path }}: the label {{ $key }} belongs to the chart and selects or describes its objects; remove it
{{- end }}
{{- end }}
{{- end }}
{{- range $path, $map := $annotations }}
{{- range $key, $value := $map }}
{{- if regexMatch "^(etcd-chart/.*|checksum/scripts)$" $key }}
{{ $path }}: the annotation {{ $key }} belongs to the chart, whose members believe what it says; remove it
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.service" -}}
{{- $service := .Values.service -}}
{{- $public := ne $service.type "ClusterIP" -}}
{{- $balanced := eq $service.type "LoadBalancer" -}}
{{- range $key, $wrong := dict
  "nodePort" (and (not $public) (ne (int $service.nodePort) 0))
  "externalTrafficPolicy" (and (not $public) (ne $service.externalTrafficPolicy ""))
  "loadBalancerClass" (and (not $balanced) (ne $service.loadBalancerClass ""))
  "loadBalancerSourceRanges" (and (not $balanced) (not (empty $service.loadBalancerSourceRanges))) }}
{{- if $wrong }}
service.{{ $key }}: {{ get $service $key | toJson }} means nothing for service.type={{ $service.type }}, and Kubernetes would refuse it; remove it or change the type
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.statefulSet" -}}
{{- with .Values.statefulSet.updateStrategy }}
{{- if and (eq .type "OnDelete") (ne (int .partition) 0) }}
statefulSet.updateStrategy.partition: {{ int .partition }} means nothing for the type OnDelete; set it to 0 or use RollingUpdate
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.tools" -}}
{{- with .Values.tools.busybox }}
{{- if not (regexMatch "musl|uclibc|static" .tag) }}
tools.busybox.tag: {{ .tag | quote }} names no static busybox, and the etcd image has no libraries for another; use a "-musl" tag
{{- end }}
{{- end }}
{{- end }}
