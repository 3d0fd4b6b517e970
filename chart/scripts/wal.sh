# A volume of its own for etcd's write-ahead log: $WAL_DIR/<generation>/, where the chart gives one. Both volumes bear
# the same identity, which names the claims of both, so that each tells when the other is not the one it belongs with.

# log_directory GENERATION: where that data's log is. A log that lies with its data stays there.
log_directory() {
  if [ -z "${WAL_DIR:-}" ] || has_wal "$DATA_DIR/$1"; then
    echo "$DATA_DIR/$1/member/wal"
  else
    echo "$WAL_DIR/$1"
  fi
}

# has_log GENERATION
has_log() {
  holds_log "$(log_directory "$1")"
}

# Fills logs_found with the generations whose log is on the log's volume. A restore that puts its data in place brings
# its log first.
find_logs() {
  logs_found=
  [ -n "${WAL_DIR:-}" ] || return 0
  staged_generation=
  [ ! -f "$staging/identity" ] || staged_generation=$(sed -n 's/^generation //p' "$staging/identity")
  [ -d "$staging/$staged_generation" ] || staged_generation=
  for directory in "$WAL_DIR"/*; do
    case ${directory##*/} in
      archive | *.new | *.tmp | "$staged_generation") ;;
      *) ! holds_log "$directory" || logs_found="$logs_found /${directory##*/}" ;;
    esac
  done
}

# Fills bodies_found and data_count: directories with a database, whatever became of their log.
find_bodies() {
  bodies_found='' data_count=0
  for directory in "$DATA_DIR" "$DATA_DIR"/*; do
    if is_body "$directory"; then
      bodies_found="$bodies_found ${directory#"$DATA_DIR"}"
      data_count=$((data_count + 1))
    fi
  done
}

is_body() {
  case $1 in
    "$archive_dir" | "$staging.new") return 1 ;;
  esac
  [ -e "$1/member/snap/db" ] || has_wal "$1"
}

archive_bodies() {
  for directory in "$DATA_DIR" "$DATA_DIR"/*; do
    if is_body "$directory"; then archive_directory "$directory" || return 1; fi
  done
}

# Is this a member whose log is, or should be, on a volume of its own?
is_split() {
  [ -n "$volume_log" ] || [ -n "$logs_found" ] || { [ -n "${WAL_DIR:-}" ] && [ -z "$data_found$volume_generation" ]; }
}

# Decides volume for such a member: `half` is what has lost its log, or a log that has lost its data, or two that do
# not belong together. etcd would take the first for a member that never began, and start it empty.
read_split_volume() {
  inside=$data_found
  find_bodies
  data_found=$bodies_found
  if [ -n "$inside" ]; then
    volume=half half="the log lies with the data and on $WAL_DIR as well"
  elif [ -z "$bodies_found$logs_found" ]; then
    volume=empty
  elif [ -z "$logs_found" ] && [ -n "$volume_generation" ] && identities_agree; then
    # etcd makes its database before its log: it was stopped between the two, and nothing was acknowledged.
    volume=empty
  elif [ -z "${WAL_DIR:-}" ]; then
    volume=half half="the log of $DATA_DIR is on a volume of its own, and this pod has none (persistence.wal.enabled)"
  elif [ -z "$logs_found" ]; then
    volume=half half="$WAL_DIR does not hold the log of the data on $DATA_DIR"
  elif [ -z "$bodies_found" ]; then
    volume=half half="$WAL_DIR holds a log, but its data is gone from $DATA_DIR"
  elif [ "$bodies_found" != " /$volume_generation" ] || [ "$logs_found" != "$bodies_found" ] || ! identities_agree; then
    volume=half half="$DATA_DIR and $WAL_DIR do not belong together"
  elif identity_is_mine; then
    volume=mine
  else
    volume=copy
  fi
}

identities_agree() {
  [ -n "${WAL_DIR:-}" ] && cmp -s "$identity_file" "$WAL_DIR/identity"
}

# Puts every log of the log's volume, and its identity, aside on that volume, under the name of $archive.
archive_logs() {
  [ -n "${WAL_DIR:-}" ] || return 0
  log_archive=$WAL_DIR/archive/${archive##*/}
  find_logs
  [ -n "$logs_found" ] || [ -e "$WAL_DIR/identity" ] || return 0
  mkdir -p "$log_archive" || return 1
  for found_log in $logs_found; do
    mv "$WAL_DIR$found_log" "$log_archive/" || return 1
  done
  [ ! -e "$WAL_DIR/identity" ] || mv "$WAL_DIR/identity" "$log_archive/"
}

# place_staged_log GENERATION: a restored log goes to the log's volume, whole before it bears its name there.
place_staged_log() {
  if has_wal "$staging/$1"; then
    rm -rf "${WAL_DIR:?}/$1.new" "${WAL_DIR:?}/$1"
    cp -a "$staging/$1/member/wal" "$WAL_DIR/$1.new" || return 1
    sync
    mv "$WAL_DIR/$1.new" "$WAL_DIR/$1" || return 1
    rm -rf "$staging/$1/member/wal"
  fi
  holds_log "$WAL_DIR/$1"
}
