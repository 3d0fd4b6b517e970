# A volume that all members share, mounted whole at $SHARED_DIR: each has its own directory on it, $DATA_DIR, named after
# its pod.

# directory_generation DIRECTORY: what the member of that directory has written there in place of an annotation.
directory_generation() {
  [ ! -f "$1/generation" ] || cat "$1/generation"
}

# Lines `name generation` for the directories of the set's other members that state one, or hold data of any origin; and for
# data in the root of the volume, such as another installation leaves.
other_directories() {
  if has_log "$SHARED_DIR"; then
    echo "$SHARED_DIR 0-unknown"
  fi
  for directory in "$SHARED_DIR/$STATEFULSET"-*; do
    other=${directory#"$SHARED_DIR/$STATEFULSET-"}
    case $other in
      '' | *[!0-9]* | "$ordinal") continue ;;
    esac
    generation_seen=$(directory_generation "$directory")
    [ -z "$generation_seen" ] || echo "${directory##*/} $generation_seen"
    for data in "$directory" "$directory"/*; do
      if [ "${data##*/}" != "$generation_seen" ] && [ "${data##*/}" != archive ] && has_log "$data"; then
        echo "${directory##*/} $(generation_of "${data##*/}")"
      fi
    done
  done
}
