# What is on this pod's volume: <generation>/ is etcd's data, `identity` says which member of which
# cluster it is and whose volume this is, `joining` is the ID of a member added but not yet started.

identity_file=$DATA_DIR/identity
joining_file=$DATA_DIR/joining
archive_dir=$DATA_DIR/archive

# write_durably FILE: standard input becomes the file's content, on disk before it bears the name.
write_durably() {
  if ! dd of="$1.new" conv=fsync 2>/dev/null || ! mv "$1.new" "$1"; then
    log_wait "cannot write $1: is the volume full or read-only? (see $failures_doc#a-volume-that-cannot-be-written)"
    return 1
  fi
}

# By writing: busybox's `test -w` asks for the mode, which a read-only file system leaves as it is. In a subshell: a
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

# has_wal DIRECTORY: data means a write-ahead log; a directory without one is empty.
has_wal() {
  holds_log "$1/member/wal"
}

# holds_log DIRECTORY: are there log files in it?
holds_log() {
  for wal in "$1"/*.wal; do
    [ ! -e "$wal" ] || return 0
  done
  return 1
}

# log_is_bare GENERATION: etcd writes its first log file before the entry that makes its member one. A founder
# killed between the two has a log in which it would wait for ever, and in which nothing was acknowledged.
log_is_bare() {
  set -- "$(log_directory "$1")"/*.wal
  [ $# -eq 1 ] && ! head -c 65536 "$1" | grep -q '"peerURLs"'
}

# etcd gives every log file its full size before the file bears its name. It takes what is left of a shorter one
# for all there was, and runs without what it acknowledged. A file that etcd itself cut, where a write never came
# to its end, has a copy beside it. Fills log_cut with the first file that lost its end.
log_is_cut() {
  for log_cut in "$(log_directory "$1")"/*.wal; do
    if [ "$(stat -c %s "$log_cut")" -lt 64000000 ] && [ ! -e "$log_cut.broken" ]; then
      return 0
    fi
  done
  return 1
}

# etcd starts on a full volume, since its files have their size already, and ends where they have to grow.
# Fills roomless with the volume that has none left.
has_room() {
  for roomless in "$DATA_DIR" ${WAL_DIR:-}; do
    room=yes
    (head -c 1048576 /dev/zero >"$roomless/room") 2>/dev/null || room=no
    : >"$roomless/room"
    [ "$room" = yes ] || return 1
  done
}

# Fills volume (empty, bare, copy, mine, half: see wal.sh, or staged: restored data that cannot be put in its place),
# data_found, volume_generation, volume_cluster_id, volume_member_id, volume_learners, volume_restored and volume_log.
inspect_volume() {
  read_volume
  if [ "$volume" = empty ] && [ -f "$staging/identity" ]; then
    if place_staged; then read_volume; else volume=staged; fi
  fi
}

read_volume() {
  volume=empty volume_generation='' volume_cluster_id='' volume_member_id='' volume_learners='' volume_restored='' volume_log=''
  data_found='' data_count=0
  identity_of=
  if [ -f "$identity_file" ]; then
    while read -r key value; do
      case $key in
        generation) volume_generation=$value ;;
        clusterId) volume_cluster_id=$value ;;
        memberId) volume_member_id=$value ;;
        learners) volume_learners=$value ;;
        restored) volume_restored=$value ;;
        log) volume_log=$value ;;
        owner) identity_of=$value ;;
      esac
    done <"$identity_file"
  fi
  for directory in "$DATA_DIR" "$DATA_DIR"/*; do
    if [ "$directory" != "$archive_dir" ] && has_wal "$directory"; then
      data_found="$data_found ${directory#"$DATA_DIR"}"
      data_count=$((data_count + 1))
    fi
  done
  find_logs
  if is_split; then
    read_split_volume
  elif [ -z "$data_found" ]; then
    volume=empty
  elif [ -z "$volume_generation" ] || [ "$data_found" != " /$volume_generation" ]; then
    volume=bare
  elif identity_is_mine; then
    volume=mine
  else
    volume=copy
  fi
}

# The generation of the data that was found: its identity's, or else what etcd's directory is called. Another
# chart's data has none; `0-unknown` is older than every generation.
found_generation() {
  generation_of "${volume_generation:-${data_found# /}}"
}

# generation_of NAME: the generation that a directory of this name holds.
generation_of() {
  case $1 in
    *' '*) echo 0-unknown ;;
    [0-9]-* | [0-9][0-9]-* | [0-9][0-9][0-9]-*) echo "$1" ;;
    *) echo 0-unknown ;;
  esac
}

identity_owner() {
  echo "$POD_NAMESPACE/$STATEFULSET/$POD_NAME/$1"
}

identity_is_mine() {
  [ "$identity_of" = "$(identity_owner "$holder_uid")" ] && [ "${volume_log:-$log_uid}" = "$log_uid" ]
}

# write_identity GENERATION CLUSTER_ID MEMBER_ID LEARNERS: needs restored.
write_identity() {
  describe_identity "$@" >"$scratch/identity"
  write_identities "$scratch/identity"
}

# write_identities FILE: the data's comes last; without it a volume is empty.
write_identities() {
  [ -z "${WAL_DIR:-}" ] || write_durably "$WAL_DIR/identity" <"$1" || return 1
  write_durably "$identity_file" <"$1"
}

describe_identity() {
  cat <<EOF
generation $1
clusterId $2
memberId $3
learners $4
restored $restored
owner $(identity_owner "$holder_uid")
EOF
  [ -z "${WAL_DIR:-}" ] || echo "log $log_uid"
}

# data_directory: where the volume's one data directory is; etcd's own is called `member` and lies in it.
data_directory() {
  case $volume in
    bare | half) echo "$DATA_DIR${data_found# }" ;;
    *) echo "$DATA_DIR/$volume_generation" ;;
  esac
}

# Puts the data, and what is known of it, aside under archive/. Nothing is deleted.
archive_volume() {
  archive=$archive_dir/${volume_generation:-unknown}.$(date -u +%Y%m%dT%H%M%SZ)
  while [ -e "$archive" ]; do archive=$archive.again; done
  mkdir -p "$archive" || return 1
  [ ! -e "$joining_file" ] || mv "$joining_file" "$archive/" || return 1
  # The data before its log: a log alone never starts.
  if [ "$volume" = half ]; then
    archive_bodies || return 1
  else
    archive_directory "$(data_directory)" || return 1
  fi
  archive_logs || return 1
  [ ! -e "$identity_file" ] || mv "$identity_file" "$archive/" || return 1
  sync
}

# archive_directory DIRECTORY: in the root of the volume only etcd's own part of it.
archive_directory() {
  [ "$1" != "$DATA_DIR" ] || set -- "$DATA_DIR/member"
  [ ! -e "$1" ] || mv "$1" "$archive/"
}

# A directory that etcd left without a log holds nothing acknowledged, but etcd would not start in it.
clear_unstarted() {
  if [ -d "$DATA_DIR/$1" ] && ! has_log "$1"; then
    rm -rf "${DATA_DIR:?}/$1"
  fi
}
