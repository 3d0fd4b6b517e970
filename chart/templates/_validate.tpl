{{/* Each of these prints one complaint a line, or nothing: key path, value, rule, remedy. validate.yaml collects them. */}}

{{- define "etcd.validate.names" -}}
{{- $name := include "etcd.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) }}
fullnameOverride: the full name {{ $name | quote }} must be lower case letters, digits and dashes, a letter first, for Services to bear it; set fullnameOverride
{{- end }}
{{- if gt (len $name) 52 }}
fullnameOverride: the full name {{ $name | quote }} has {{ len $name }} characters, but Kubernetes labels pods with it and a hash, which leaves 52; set a shorter fullnameOverride or release name
{{- end }}
{{- end }}

{{- define "etcd.validate.hosts" -}}
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

{{- define "etcd.validate.restoreSource" -}}
{{- $member := int .Values.restore.from.member -}}
{{- if and .Values.restore.id (lt $member 0) }}
restore.from.member: {{ $member }} is no ordinal; restore.id requests a restore, which needs a source; set the ordinal of the member whose data to restore
{{- else if and .Values.restore.id (ge $member (int .Values.replicaCount)) }}
restore.from.member: {{ $member }} must be lower than replicaCount ({{ int .Values.replicaCount }}), because the source pod has to run; pick another member or clear restore.id
{{- end }}
{{- end }}

{{- define "etcd.validate.image" -}}
{{- $version := include "etcd.version" . -}}
{{- $floor := get (dict "3.5" "3.5.33" "3.6" "3.6.14" "3.7" "3.7.1") (regexFind "^[0-9]+[.][0-9]+" $version) -}}
{{- $why := "" -}}
{{- if not $version }}{{ $why = printf "does not tell which etcd it is, which decides the flags (also beside a digest); use a tag such as \"v%s\"" .Chart.AppVersion }}
{{- else if not $floor }}{{ $why = "is no minor that this chart knows; use one of 3.5, 3.6 and 3.7" }}
{{- else if semverCompare (printf "<%s-0" $floor) $version }}{{ $why = printf "lacks fixes for security and for learners; use \"v%s\" or newer" $floor }}
{{- else if regexMatch "[0-9]-(alpha|beta|rc)" .Values.image.tag }}{{ $why = "is a pre-release; use a release" }}{{ end -}}
{{- if and $why (not .Values.image.allowUnsupportedTag) }}
image.tag: {{ .Values.image.tag | quote }} {{ $why }}, or insist with image.allowUnsupportedTag=true
{{- end }}
{{- end }}

{{- define "etcd.validate.quota" -}}
{{- if and (gt (int64 .Values.config.quotaBackendBytes) 8589934592) (not .Values.config.allowLargeQuota) }}
config.quotaBackendBytes: {{ int64 .Values.config.quotaBackendBytes }} is above 8589934592 (8 GiB), the most that etcd recommends; lower it, or insist with config.allowLargeQuota=true
{{- end }}
{{- end }}

{{- define "etcd.validate.timing" -}}
{{- if lt (int64 .Values.config.electionTimeout) (mul 5 (int64 .Values.config.heartbeatInterval)) }}
config.electionTimeout: {{ int64 .Values.config.electionTimeout }} ms is less than 5 heartbeats of {{ int64 .Values.config.heartbeatInterval }} ms, which etcd refuses; raise it or lower config.heartbeatInterval
{{- end }}
{{- end }}

{{- define "etcd.validate.compaction" -}}
{{- $retention := include "etcd.scalar" .Values.config.autoCompactionRetention -}}
{{- if and (eq .Values.config.autoCompactionMode "revision") (not (regexMatch "^[0-9]+$" $retention)) }}
config.autoCompactionRetention: {{ $retention | quote }} is no number of revisions, which config.autoCompactionMode=revision needs; set a number such as 10000
{{- end }}
{{- end }}

{{- define "etcd.validate.oldMinor" -}}
{{- $old := eq (include "etcd.isOld" .) "true" -}}
{{- range $gate := omit .Values.config.featureGates "CompactHashCheck" "InitialCorruptCheck" | keys | sortAlpha }}
{{- if $old }}
config.featureGates.{{ $gate }}: etcd 3.5 has no feature gates besides CompactHashCheck and InitialCorruptCheck; remove it or use a newer image.tag
{{- end }}
{{- end }}
{{- if and $old (ne .Values.config.logFormat "json") }}
config.logFormat: {{ .Values.config.logFormat | quote }} needs etcd 3.6 or newer; use "json" or a newer image.tag
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
{{- range $name, $value := .Values.extraArgs }}
{{- if regexMatch (include "etcd.ownFlags" $) $name }}
extraArgs.{{ $name }}: the chart sets --{{ $name }} itself; remove it, what may be changed has a key in config
{{- else if regexMatch "^(peer-)?(auto-tls|cert-file|key-file|trusted-ca-file|client-cert-auth)$" $name }}
extraArgs.{{ $name }}: members listen on plain HTTP, so --{{ $name }} would promise what it does not do; remove it
{{- else if and (hasPrefix "experimental-" $name) (semverCompare ">=3.7.0-0" (include "etcd.version" $ | default $.Chart.AppVersion)) }}
extraArgs.{{ $name }}: etcd 3.7 and newer refuse to start with experimental flags; use the name without experimental-, or config.featureGates
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.extraEnv" -}}
{{- $own := merge (dict "BIND_ADDRESS" "" "KUBECONFIG" "") (include "etcd.podFields" . | fromYaml) (include "etcd.settings" . | fromYaml) -}}
{{- range $name, $value := .Values.extraEnv }}
{{- if hasKey $own $name }}
extraEnv.{{ $name }}: the chart's scripts need {{ $name }} for themselves; remove it
{{- else if regexMatch "^ETCD(CTL)?_" $name }}
extraEnv.{{ $name }}: etcd or etcdctl would read it and contradict the chart; give flags of etcd by config or extraArgs
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.extraVolumes" -}}
{{- $taken := list "data" "run" "scripts" "api-access" "tools" "busybox" "kubectl" -}}
{{- range $index, $volume := .Values.extraVolumes }}
{{- if has $volume.name $taken }}
extraVolumes[{{ $index }}].name: {{ $volume.name | quote }} is taken by the chart or by another entry; use another name
{{- end }}
{{- $taken = append $taken $volume.name }}
{{- end }}
{{- end }}

{{- define "etcd.validate.extraVolumeMounts" -}}
{{- $volumes := list -}}
{{- range .Values.extraVolumes }}{{ $volumes = append $volumes .name }}{{ end }}
{{- range $index, $mount := .Values.extraVolumeMounts }}
{{- if not (has $mount.name $volumes) }}
extraVolumeMounts[{{ $index }}].name: {{ $mount.name | quote }} is none of extraVolumes, and pods would never be made; add it there
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.mountPaths" -}}
{{- $own := "^/($|usr(/local)?$|(opt|scripts|run/etcd|usr/local/bin|var/lib/etcd|var/run/secrets/kubernetes.io)(/|$))" -}}
{{- $taken := list -}}
{{- range $index, $mount := .Values.extraVolumeMounts }}
{{- if or (regexMatch $own (clean $mount.mountPath)) (has (clean $mount.mountPath) $taken) }}
extraVolumeMounts[{{ $index }}].mountPath: {{ $mount.mountPath | quote }} is taken by the chart, the image or another entry; use another path
{{- end }}
{{- $taken = append $taken (clean $mount.mountPath) }}
{{- end }}
{{- end }}

{{/* The values that bear labels or annotations, as YAML: path to map. Takes root and key: labels or annotations. */}}
{{- define "etcd.metadataOf" -}}
{{- range $path := list "persistence" "persistence.class" "statefulSet" "service" "peerService" "exposure.nodePort" "exposure.loadBalancer" "exposure.ingress" "exposure.gateway" "podDisruptionBudget" "serviceAccount" "rbac" }}
{{- $values := $.root.Values -}}
{{- range splitList "." $path }}{{ $values = get $values . }}{{ end }}
{{ $path }}.{{ $.key }}: {{ get $values $.key | toJson }}
{{- end }}
{{- range $path := list "common" "pod" }}
{{- $key := printf "%s%s" $path (title $.key) }}
{{ $key }}: {{ get $.root.Values $key | toJson }}
{{- end }}
{{- end }}

{{- define "etcd.validate.labels" -}}
{{- range $path, $labels := include "etcd.metadataOf" (dict "root" . "key" "labels") | fromYaml }}
{{- range $key, $value := $labels }}
{{- if regexMatch "^(app[.]kubernetes[.]io/(name|instance|component|version|managed-by)|helm[.]sh/chart)$" $key }}
{{ $path }}: the label {{ $key }} belongs to the chart and selects or describes its objects; remove it
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.annotations" -}}
{{- range $path, $annotations := include "etcd.metadataOf" (dict "root" . "key" "annotations") | fromYaml }}
{{- range $key, $value := $annotations }}
{{- if regexMatch "^etcd-chart/" $key }}
{{ $path }}: the annotation {{ $key }} is reserved, because members store their state in it; remove it
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.ipFamilies" -}}
{{- range $path, $service := pick .Values "service" "peerService" }}
{{- if and (gt (len $service.ipFamilies) 1) (not (hasSuffix "DualStack" $service.ipFamilyPolicy)) }}
{{ $path }}.ipFamilies: two families need both stacks, which Kubernetes wants said; set {{ $path }}.ipFamilyPolicy to PreferDualStack or RequireDualStack
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.updateStrategy" -}}
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
