# What the record says of the members, for pods that start when nobody can be asked.

# The version all members have agreed on, e.g. 3.7; nothing before they have.
cluster_version() {
  http_get /metrics "$loopback" | sed -n 's/^etcd_cluster_version{cluster_version="\([0-9]*\.[0-9]*\)"} 1$/\1/p'
}

# Needs $members_file and the observed record.
record_what_is_listed() {
  version=$(cluster_version)
  # 3.0 is what a cluster says before its members have agreed.
  [ "$version" != 3.0 ] || version=
  version=${version:-$record_etcdVersion}
  listed_names=$(awk -v set="$STATEFULSET" '$2 != "-" { printf "%s%s-%s", separator, set, $2; separator = " " }' "$members_file")
  voters=$(grep -c ' voter ' "$members_file" || true)
  if [ -z "$record_uid" ] || [ "$version $voters $listed_names" = "$record_etcdVersion $record_voters $record_members" ]; then
    return 0
  fi
  record_state "$own_generation" "$version" "$listed_names" "$voters" || return 1
  record_etcdVersion=$version record_members=$listed_names record_voters=$voters
}
