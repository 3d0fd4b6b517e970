{{/* Complaints about storage. Each of these prints one complaint a line, or nothing: key path, value, rule, remedy. */}}

{{- define "etcd.validate.class" -}}
{{- with .Values.persistence.class }}
{{- if and .create (not .provisioner) }}
persistence.class.provisioner: a storage class without a provisioner makes no volumes; set the name that the driver's documentation gives
{{- end }}
{{- if and (not .create) (or .provisioner .parameters .mountOptions) }}
persistence.class.create: false makes no class, so its settings mean nothing; set it to true, or remove them
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.classUse" -}}
{{- if and .Values.persistence.class.create (not .Values.persistence.enabled) }}
persistence.class.create: true makes a class for claims, and persistence.enabled=false makes none; set one of the two otherwise
{{- end }}
{{- if and .Values.persistence.class.create (eq .Values.persistence.storageClass "-") }}
persistence.storageClass: "-" asks for no class, and persistence.class.create makes one; set a name, or remove one of the two
{{- end }}
{{- end }}

{{- define "etcd.validate.static" -}}
{{- with .Values.persistence.static }}
{{- if not $.Values.persistence.enabled }}
persistence.static: the volumes would bind to no claim, as persistence.enabled=false makes none; remove them or change that
{{- end }}
{{- if $.Values.persistence.class.create }}
persistence.static: volumes that exist need no class that makes others, and persistence.class.create asks for one; remove one of the two
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.staticCount" -}}
{{- $count := len .Values.persistence.static -}}
{{- if and $count .Values.persistence.shared (ne $count 1) }}
persistence.static: {{ $count }} volumes, and with persistence.shared=true all members use one; remove the others
{{- else if and $count (not .Values.persistence.shared) (lt $count (int .Values.replicaCount)) }}
persistence.static: {{ $count }} {{ eq $count 1 | ternary "volume is" "volumes are" }} fewer than the replicaCount of {{ int .Values.replicaCount }}, and each member needs its own; add the others or lower replicaCount
{{- end }}
{{- end }}

{{- define "etcd.validate.staticSources" -}}
{{- range $index, $volume := .Values.persistence.static }}
{{- $sources := pick $volume "nfs" "local" "hostPath" "csi" | keys | sortAlpha }}
{{- if ne (len $sources) 1 }}
persistence.static[{{ $index }}]: it names {{ len $sources }} sources{{ with $sources }} ({{ join ", " . }}){{ end }}, and a volume has one; set exactly one of nfs, local, hostPath and csi
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.staticNodes" -}}
{{- range $index, $volume := .Values.persistence.static }}
{{- if and $volume.node $volume.nodeAffinity }}
persistence.static[{{ $index }}].node: {{ $volume.node | quote }} and nodeAffinity both say where it lies; remove one of the two
{{- else if and (hasKey $volume "local") (not (or $volume.node $volume.nodeAffinity)) }}
persistence.static[{{ $index }}].node: a local volume lies on one node, which Kubernetes wants to know; set the name of that node
{{- end }}
{{- end }}
{{- end }}

{{- define "etcd.validate.shared" -}}
{{- if and .Values.persistence.shared (not .Values.persistence.enabled) }}
persistence.shared: true means one volume for all members, and persistence.enabled=false means none; set one of the two otherwise
{{- end }}
{{- end }}

{{- define "etcd.validate.sharedMode" -}}
{{- $modes := .Values.persistence.accessModes -}}
{{- if and .Values.persistence.shared (gt (int .Values.replicaCount) 1) (not (has "ReadWriteMany" $modes)) }}
persistence.accessModes: {{ toJson $modes }} keeps members on other nodes away from the volume that they share; set it to ["ReadWriteMany"], with a volume that can do so, or set persistence.shared=false
{{- end }}
{{- end }}

{{- define "etcd.validate.existingClaim" -}}
{{- with .Values.persistence.existingClaim }}
{{- if not $.Values.persistence.shared }}
persistence.existingClaim: {{ quote . }} is one volume, and each member needs a directory of its own on it; set persistence.shared=true, or give each member a claim by the name that the chart expects (docs/storage.md) and remove this
{{- end }}
{{- if or $.Values.persistence.class.create $.Values.persistence.static }}
persistence.existingClaim: {{ quote . }} has its volume, so persistence.class.create and persistence.static would make what nobody uses; remove them
{{- end }}
{{- end }}
{{- end }}

{{/* The number of bytes that a quantity stands for. Takes the quantity as text. */}}
{{- define "etcd.bytes" -}}
{{- $units := dict "" 1 "m" 0.001 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "P" 1000000000000000 "E" 1000000000000000000
  "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "Pi" 1125899906842624 "Ei" 1152921504606846976 -}}
{{- $unit := regexFind "[A-Za-z]+$" . -}}
{{- mulf (trimSuffix $unit . | float64) (get $units $unit) -}}
{{- end }}

{{- define "etcd.validate.size" -}}
{{- $quota := int64 .Values.config.quotaBackendBytes -}}
{{- with .Values.persistence }}
{{- $size := include "etcd.scalar" .size }}
{{- if and .enabled (not .existingClaim) (le (include "etcd.bytes" $size | float64) (float64 $quota)) }}
persistence.size: {{ quote $size }} is not larger than config.quotaBackendBytes ({{ $quota }}); a volume has to hold a full database and its log, and three times the quota for a restore; raise persistence.size or lower config.quotaBackendBytes
{{- end }}
{{- end }}
{{- end }}
