# The cluster record: a ConfigMap that the pods create. It lives exactly as long as any data does, because the volumes
# that hold the data own it.

owner_reference() {
  printf '{"apiVersion":"v1","kind":"%s","name":"%s","uid":"%s"}' "$holder_kind" "$holder_name" "$holder_uid"
}

# record_create PHASE GENERATION CLUSTER_ID ETCD_VERSION LEARNERS [MORE]: fails when there is a record already. Needs voters.
record_create() {
  kube create --validate=false -f - >/dev/null <<JSON
{
  "apiVersion": "v1", "kind": "ConfigMap",
  "metadata": { "name": "$RECORD", "labels": {$(json_labels)}, "ownerReferences": [$(owner_reference)] },
  "data": {
    "phase": "$1", "generation": "$2", "clusterId": "$3", "founder": "$(holder_id)", "etcdVersion": "$4", "learners": "$5", "voters": "${voters:-}"${6:-}
  }
}
JSON
}

record_delete() {
  kube delete configmap "$RECORD" --ignore-not-found --wait=false >/dev/null
}

# Adds this pod's volume to the owners of exactly the record that was observed.
record_own() {
  kube patch configmap "$RECORD" --type=strategic \
    -p "{\"metadata\":{\"uid\":\"$record_uid\",\"ownerReferences\":[$(owner_reference)]}}" >/dev/null
}

# record_change DATA: fails when the record has changed since it was observed.
record_change() {
  kube patch configmap "$RECORD" --type=merge \
    -p "{\"metadata\":{\"resourceVersion\":\"$record_version\"},\"data\":{$1}}" >/dev/null
}

# record_formed GENERATION: only while the record is the one that the bootstrap member wrote.
record_formed() {
  kube patch configmap "$RECORD" --type=json -p "[
    {\"op\":\"test\",\"path\":\"/data/generation\",\"value\":\"$1\"},
    {\"op\":\"test\",\"path\":\"/data/phase\",\"value\":\"forming\"},
    {\"op\":\"replace\",\"path\":\"/data/phase\",\"value\":\"formed\"}]" >/dev/null
}

# record_state GENERATION VERSION VOTERS: what etcd reports, for pods that start when no one can be asked. Fails when another
# member has changed the voters since they were observed.
record_state() {
  unchanged=
  [ -z "$record_voters" ] || unchanged="{\"op\":\"test\",\"path\":\"/data/voters\",\"value\":\"$record_voters\"},"
  kube patch configmap "$RECORD" --type=json -p "[$unchanged
    {\"op\":\"test\",\"path\":\"/data/generation\",\"value\":\"$1\"},
    {\"op\":\"add\",\"path\":\"/data/etcdVersion\",\"value\":\"$2\"},
    {\"op\":\"add\",\"path\":\"/data/voters\",\"value\":\"$3\"}]" >/dev/null
}

# generation_of NAME: the generation that a directory of this name holds.
generation_of() {
  case $1 in
    *' '*) echo 0-unknown ;;
    [0-9]-* | [0-9][0-9]-* | [0-9][0-9][0-9]-*) echo "$1" ;;
    *) echo 0-unknown ;;
  esac
}

# generation_order A B: same, higher or lower as A is to B; `conflict` for one number with two ids.
generation_order() {
  if [ "$1" = "$2" ]; then
    echo same
  elif [ "${1%%-*}" -gt "${2%%-*}" ]; then
    echo higher
  elif [ "${1%%-*}" -lt "${2%%-*}" ]; then
    echo lower
  else
    echo conflict
  fi
}
