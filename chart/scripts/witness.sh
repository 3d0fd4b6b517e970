# Which volumes hold data, and of which generation: the second witness beside the record. Each claim (the pod, without
# persistence) bears an annotation; on a shared volume the directories of the members are looked at instead.

# Lines `name generation` of the set's other volumes that hold data.
other_generations() {
  if [ -n "${SHARED_DIR:-}" ]; then
    other_directories
  else
    other_holders
  fi
}

other_holders() {
  kube get "$holder_resource" -l "$SELECTOR" -o go-template='{{range .items}}{{$name := .metadata.name}}{{with .metadata.annotations}}{{with index . "'"$annotation"'"}}{{$name}} {{.}}
{{end}}{{end}}{{end}}' >"$scratch/generations" || return 1
  while read -r name generation_seen; do
    ordinal_seen=${name#"$holder_prefix"}
    case $ordinal_seen in
      "$name" | '' | *[!0-9]*) ;;
      "$ordinal") ;;
      *) echo "$name $generation_seen" ;;
    esac
  done <"$scratch/generations"
}

# annotate_holder GENERATION: this pod's own volume says it.
annotate_holder() {
  if [ -n "${SHARED_DIR:-}" ]; then
    echo "$1" | write_durably "$DATA_DIR/generation"
    return
  fi
  kube patch "$holder_resource" "$holder_name" --type=merge \
    -p "{\"metadata\":{\"uid\":\"$holder_uid\",\"annotations\":{\"$annotation\":\"$1\"}}}" >/dev/null
}
