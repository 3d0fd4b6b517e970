# The cluster record: a ConfigMap that the pods make, which lives exactly as long as any data does,
# because the volumes that hold the data own it.

owner_reference() {
  printf '{"apiVersion":"v1","kind":"%s","name":"%s","uid":"%s"}' "$holder_kind" "$holder_name" "$holder_uid"
}

# record_create PHASE GENERATION CLUSTER_ID ETCD_VERSION LEARNERS [MORE]: fails when there is a record already.
record_create() {
  kube create --validate=false -f - >/dev/null <<EOF
{
  "apiVersion": "v1", "kind": "ConfigMap",
  "metadata": {
    "name": "$RECORD",
    "labels": {$(echo "$SELECTOR" | sed 's/\([^=,]*\)=\([^,]*\)/"\1":"\2"/g')},
    "ownerReferences": [$(owner_reference)]
  },
  "data": {
    "phase": "$1", "generation": "$2", "clusterId": "$3", "founder": "$(holder_id)", "etcdVersion": "$4", "learners": "$5"${6:-}
  }
}
EOF
}

record_delete() {
  kube delete configmap "$RECORD" --ignore-not-found --wait=false >/dev/null
}

# Adds this pod's volume to the owners of the very record that was observed.
record_own() {
  kube patch configmap "$RECORD" --type=strategic \
    -p "{\"metadata\":{\"uid\":\"$record_uid\",\"ownerReferences\":[$(owner_reference)]}}" >/dev/null
}

# record_formed GENERATION: only while the record still says what the founder wrote.
record_formed() {
  kube patch configmap "$RECORD" --type=json -p "[
    {\"op\":\"test\",\"path\":\"/data/generation\",\"value\":\"$1\"},
    {\"op\":\"test\",\"path\":\"/data/phase\",\"value\":\"forming\"},
    {\"op\":\"replace\",\"path\":\"/data/phase\",\"value\":\"formed\"}]" >/dev/null
}

# record_state GENERATION VERSION MEMBERS VOTERS: what etcd reports, for pods that start when nobody can be asked.
record_state() {
  kube patch configmap "$RECORD" --type=json -p "[
    {\"op\":\"test\",\"path\":\"/data/generation\",\"value\":\"$1\"},
    {\"op\":\"add\",\"path\":\"/data/etcdVersion\",\"value\":\"$2\"},
    {\"op\":\"add\",\"path\":\"/data/members\",\"value\":\"$3\"},
    {\"op\":\"add\",\"path\":\"/data/voters\",\"value\":\"$4\"}]" >/dev/null
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
