# A volume that all members share, mounted whole at $SHARED_DIR: each has a directory of its own on it, $DATA_DIR, named
# after its pod.

tenant_file=$DATA_DIR/tenant

# directory_generation DIRECTORY: what the member of that directory has written there in place of an annotation.
directory_generation() {
  [ ! -f "$1/generation" ] || cat "$1/generation"
}

# Lines `name generation` for the directories of the set's other members that say so, or hold data of whatever origin;
# and for data in the root of the volume, such as another installation leaves.
other_directories() {
  if has_wal "$SHARED_DIR"; then
    echo "$SHARED_DIR 0-unknown"
  fi
  for directory in "$SHARED_DIR/$STATEFULSET"-*; do
    ordinal_seen=${directory#"$SHARED_DIR/$STATEFULSET-"}
    case $ordinal_seen in
      '' | *[!0-9]* | "$ordinal") continue ;;
    esac
    generation_seen=$(directory_generation "$directory")
    [ -z "$generation_seen" ] || echo "${directory##*/} $generation_seen"
    for data in "$directory" "$directory"/*; do
      if [ "${data##*/}" != "$generation_seen" ] && [ "${data##*/}" != archive ] && has_wal "$data"; then
        echo "${directory##*/} $(generation_of "${data##*/}")"
      fi
    done
  done
}

# A lock over the network ends with the connection: a node that was cut off may run a pod whose name, and directory,
# another pod has taken over. Whoever starts etcd says so here, and whoever finds another one stops its etcd.
take_directory() {
  [ -z "${SHARED_DIR:-}" ] || echo "$POD_UID" >"$tenant_file"
}

# Also a file that cannot be read takes nothing away.
is_taken_over() {
  tenant=
  [ -z "${SHARED_DIR:-}" ] || read -r tenant 2>/dev/null <"$tenant_file" || true
  [ -n "$tenant" ] && [ "$tenant" != "$POD_UID" ]
}
