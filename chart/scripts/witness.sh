# Which volumes hold data, and of which generation: the second witness beside the record. Each claim (the pod, without
# persistence) is annotated; on a shared volume the directories of the members are read instead.

# Lines `name generation` of the set's other volumes that hold data. Fails without the API server.
other_generations() {
  if [ -n "${SHARED_DIR:-}" ]; then
    other_directories
    return
  fi
  read_set || return 1
  holders=$set_claims
  [ "$PERSISTENCE" = true ] || holders=$set_pods
  awk -v own="$ordinal" -v prefix="$holder_prefix" '$2 != own && $5 != "-" { print prefix $2, $5 }' "$holders"
}

# annotate_holder GENERATION: marks this pod's own volume, and labels its claim as the set's.
annotate_holder() {
  if [ -n "${SHARED_DIR:-}" ]; then
    echo "$1" | write_durably "$DATA_DIR/generation"
    return
  fi
  kube patch "$holder_resource" "$holder_name" --type=merge \
    -p "{\"metadata\":{\"uid\":\"$holder_uid\",\"annotations\":{\"$annotation\":\"$1\"},\"labels\":{$(json_labels)}}}" >/dev/null
}

# The labels of the set, as JSON.
json_labels() {
  echo "$SELECTOR" | sed 's/\([^=,]*\)=\([^,]*\)/"\1":"\2"/g'
}
