# What is on this pod's volume: <generation>/ is etcd's data, `identity` states which member of which cluster it is and
# whose volume this is, `joining` is the ID of a member that was added and has not started, archive/ holds former data.

identity_file=$DATA_DIR/identity
joining_file=$DATA_DIR/joining
archive_dir=$DATA_DIR/archive
staging=$DATA_DIR/restore
occupant_file=$DATA_DIR/occupant

# sync_directory: a rename is durable once its directory is.
sync_directory() {
  sync "$DATA_DIR"
}

# write_durably FILE: standard input becomes the file's content, on disk before it has the name.
write_durably() {
  if ! dd of="$1.new" conv=fsync 2>/dev/null || ! mv "$1.new" "$1" || ! sync "${1%/*}"; then
    log_wait "cannot write $1: is the volume full or read-only? (see $failures_doc#a-volume-that-cannot-be-written)"
    return 1
  fi
}

# By writing: busybox's `test -w` reads the mode, which a read-only file system leaves as it is. In a subshell: a
# redirection that fails ends the shell that `exec`s it.
can_be_written() {
  (mkdir -p "$DATA_DIR" && : >>"$DATA_DIR/lock") 2>/dev/null
}

# Holds the member's directory for this process and the etcd it runs.
lock_volume() {
  can_be_written || return 1
  exec 9>>"$DATA_DIR/lock"
  flock -n 9
}

# A lock over the network ends with the connection: a node that was cut off may run a pod whose name, and volume, another
# pod has taken over. Whoever starts etcd writes its uid, and a pod that finds another uid stops its etcd.
occupy_volume() {
  echo "$POD_UID" >"$occupant_file"
}

# A file that cannot be read takes nothing away.
is_taken_over() {
  occupant=
  read -r occupant 2>/dev/null <"$occupant_file" || true
  [ -n "$occupant" ] && [ "$occupant" != "$POD_UID" ]
}

# has_room MIB: can this much be written? A quota may show only when something is.
has_room() {
  free_mib=$(stat -f -c '%a %S' "$DATA_DIR" | awk '{ printf "%d", $1 * $2 / 1048576 }')
  room=yes
  (head -c 1048576 /dev/zero >"$DATA_DIR/room") 2>/dev/null || room=no
  : >"$DATA_DIR/room"
  [ "$room" = yes ] && [ "$free_mib" -ge "$1" ]
}

# etcd allocates a log file of 64 MB ahead, unless a previous run left one.
room_to_start() {
  for spare in "$DATA_DIR/$1"/member/wal/*.tmp; do
    if [ -e "$spare" ] && [ "$(stat -c %s "$spare")" -ge 64000000 ]; then
      echo 1
      return
    fi
  done
  echo 65
}

# The directories of the volume that may hold etcd data: its root, and whatever lies there but archives and staging.
data_candidates() {
  for candidate_directory in "$DATA_DIR" "$DATA_DIR"/*; do
    case $candidate_directory in
      "$archive_dir" | "$staging" | "$staging.new") ;;
      *) [ ! -d "$candidate_directory/member" ] || echo "$candidate_directory" ;;
    esac
  done
}

# has_keys DATABASE: etcd creates its database before its log, so one without keys and without a log is an interrupted
# first start. One that cannot be read is taken for one with keys.
has_keys() {
  etcdutl snapshot status "$1" -w json >"$scratch/database" 2>&1 || return 0
  ! grep -q '"revision":[01][,}]' "$scratch/database"
}

# Fills volume (empty, unidentified, foreign, own, or staged: restored data that cannot be put in its place), data_found,
# data_count, incomplete (a database without its log) and volume_*.
inspect_volume() {
  read_volume
  if [ "$volume" = empty ] && [ -f "$staging/identity" ]; then
    if place_staged; then read_volume; else volume=staged; fi
  fi
}

read_volume() {
  volume=empty volume_generation='' volume_cluster_id='' volume_member_id='' volume_learners='' volume_restored=''
  data_found='' data_count=0 incomplete=no identity_of=''
  if [ -f "$identity_file" ]; then
    while read -r key value; do
      case $key in
        generation) volume_generation=$value ;;
        clusterId) volume_cluster_id=$value ;;
        memberId) volume_member_id=$value ;;
        learners) volume_learners=$value ;;
        restored) volume_restored=$value ;;
        owner) identity_of=$value ;;
      esac
    done <"$identity_file"
  fi
  for directory in $(data_candidates); do
    if has_log "$directory"; then
      :
    elif [ -e "$directory/member/snap/db" ] && has_keys "$directory/member/snap/db"; then
      incomplete=yes
    else
      continue
    fi
    data_found="$data_found ${directory#"$DATA_DIR"}"
    data_count=$((data_count + 1))
  done
  if [ "$data_count" -eq 0 ]; then
    volume=empty
  elif [ -z "$volume_generation" ] || [ "$data_found" != " /$volume_generation" ]; then
    volume=unidentified
  elif identity_is_own && [ "$incomplete" = no ]; then
    volume=own
  else
    volume=foreign
  fi
}

# The generation of the data that was found: its identity's, or else what etcd's directory is called. Another chart's data
# has none; `0-unknown` is older than every generation.
found_generation() {
  generation_of "${volume_generation:-${data_found# /}}"
}

identity_owner() {
  echo "$POD_NAMESPACE/$STATEFULSET/$POD_NAME/$1"
}

identity_is_own() {
  [ "$identity_of" = "$(identity_owner "$holder_uid")" ]
}

# write_identity GENERATION CLUSTER_ID MEMBER_ID LEARNERS: needs restored.
write_identity() {
  describe_identity "$@" | write_durably "$identity_file"
}

describe_identity() {
  cat <<TEXT
generation $1
clusterId $2
memberId $3
learners $4
restored $restored
owner $(identity_owner "$holder_uid")
TEXT
}

# The volume's one data directory, in which `member` is etcd's own.
data_directory() {
  echo "$DATA_DIR${data_found# }"
}

# archive_volume obsolete|kept: moves the data, and what is known of it, to a new directory under archive/. `obsolete`: a
# quorum has everything that it holds; of such archives only the newest is kept.
archive_volume() {
  name_archive "${volume_generation:-unknown}"
  mkdir -p "$archive" || return 1
  [ ! -e "$joining_file" ] || mv "$joining_file" "$archive/" || return 1
  for directory in $(data_candidates); do
    archive_directory "$directory" || return 1
  done
  [ ! -e "$identity_file" ] || mv "$identity_file" "$archive/" || return 1
  [ "$1" != obsolete ] || prune_archives || return 1
  sync
}

# name_archive PREFIX: fills archive.
name_archive() {
  archive=$archive_dir/$1.$(date -u +%Y%m%dT%H%M%SZ)
  while [ -e "$archive" ]; do archive=$archive.again; done
}

# archive_directory DIRECTORY: in the root of the volume only etcd's own part of it.
archive_directory() {
  [ "$1" != "$DATA_DIR" ] || set -- "$DATA_DIR/member"
  [ ! -e "$1" ] || mv "$1" "$archive/"
}

prune_archives() {
  : >"$archive/obsolete"
  for former in "$archive_dir"/*; do
    if [ "$former" != "$archive" ] && [ -e "$former/obsolete" ]; then
      log "archive: removing ${former#"$DATA_DIR/"}, which a newer archive replaces"
      rm -rf "$former" || return 1
    fi
  done
}

# newest_archive: fills archived with the name of the newest archive that holds a log, and archived_generation.
newest_archive() {
  archived='' archived_generation=''
  # shellcheck disable=SC2045 # the names are the chart's own, or an administrator's, without spaces
  for former in $(ls -t "$archive_dir" 2>/dev/null); do
    if archive_data "$former"; then
      archived=$former archived_generation=$(generation_of "${archived_data##*/}")
      return
    fi
  done
}

# archive_data NAME: fills archived_data with the directory in that archive that holds etcd data.
archive_data() {
  for archived_data in "$archive_dir/$1" "$archive_dir/$1"/*; do
    if has_log "$archived_data"; then return 0; fi
  done
  return 1
}

# archive_unstarted GENERATION: a directory that etcd left without a log holds nothing acknowledged, but etcd would not
# start in it.
archive_unstarted() {
  if [ -d "$DATA_DIR/$1" ] && ! has_log "$DATA_DIR/$1"; then
    name_archive unstarted
    mkdir -p "$archive" && mv "$DATA_DIR/$1" "$archive/" && prune_archives
  fi
}
