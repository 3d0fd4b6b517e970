# A wait of a starting pod as one line: what is observed, what ends it, and the command that fits.

explain() {
  case $reason in
    restoring) echo "restore $record_restoreId: $STATEFULSET-$record_restoreSource makes generation $record_next, this pod joins it then (see $failures_doc#restoring)" ;;
    staged) echo "the restored data in $staging cannot be put in its place: is the volume full or read-only? (see $failures_doc#a-volume-that-cannot-be-written)" ;;
    unidentified) echo "$DATA_DIR holds data ($data_found ) without an identity of this chart: it is never started; $(way_back) (see $failures_doc#data-without-identity)" ;;
    foreign) echo "$(describe_foreign): it is never started by itself; it is archived when a quorum of cluster $wanted_cluster answers; $(without_quorum) (see $failures_doc#a-foreign-volume)" ;;
    newer-elsewhere) echo "the record is gone, and a volume of this set holds a newer generation than $volume_generation here: waiting for that member to write the record again (see $failures_doc#two-generations)" ;;
    older-record) echo "${others:+other volumes hold $others, }the record is of generation $record_generation and this volume holds $volume_generation: an old record was put back, or the set was bootstrapped twice (see $failures_doc#two-generations)" ;;
    superseded) explain_superseded ;;
    beyond-replicas) echo "volume is empty and the StatefulSet wants $replicas replicas: ordinal $ordinal does not join" ;;
    no-record) echo "no cluster yet: $STATEFULSET-0 bootstraps it, this pod joins" ;;
    record-lost) echo "the volume is empty and there is no record, but ${others:-a member that answers} shows that a cluster exists: waiting for a member with data to write the record again; nothing is bootstrapped; $(without_quorum) (see $failures_doc#the-record-is-lost)" ;;
    forming) explain_forming ;;
    no-quorum) echo "volume is empty and no quorum of cluster $wanted_cluster answers: nothing is bootstrapped in its place; $(without_quorum) (see $failures_doc#no-quorum)" ;;
  esac
}

explain_forming() {
  if [ "$ordinal" = 0 ]; then
    echo "the record is of another volume of $POD_NAME, which was bootstrapping generation $record_generation and is gone: waiting for Kubernetes to collect the record with it (see $failures_doc#waiting-for-the-first-member)"
  else
    echo "$STATEFULSET-0 is bootstrapping the cluster, this pod joins"
  fi
}

explain_superseded() {
  if [ "$record_phase" = formed ]; then
    echo "the record is of generation $record_generation, of which no quorum answers, and this volume holds generation $volume_generation: it is archived when that generation serves; $(without_quorum) (see $failures_doc#two-generations)"
  else
    echo "the record is of generation $record_generation, newer than $volume_generation here: waiting until it is formed"
  fi
}

describe_foreign() {
  if [ "$incomplete" = yes ]; then
    echo "$(data_directory) holds a database without its write-ahead log"
  else
    echo "the volume is foreign: it belongs to $identity_of, and this pod is $(identity_owner "$holder_uid")"
  fi
}

# What brings back a member that cannot use its volume. A new volume only while the others have everything.
way_back() {
  if [ "$quorum" = yes ]; then
    echo "the others have a quorum, and a new volume brings this member back: $(new_volume "$ordinal")"
  else
    echo "no quorum answers${unreached:+ ($unreached)}: keep this volume; $(without_quorum)"
  fi
}

more_room() {
  if [ -d "$archive_dir" ]; then
    printf '%s, or ' "remove archives that are not needed: kubectl -n $POD_NAMESPACE exec $POD_NAME -c etcd -- /opt/busybox/bin/ls $archive_dir"
  fi
  echo "enlarge the volume"
}

# On an empty volume an archive may be all that is left.
advise_archive() {
  newest_archive
  if [ -n "$archived" ]; then
    echo "this volume has an archive of generation $archived_generation; if no other volume holds data, a restore makes a new generation of it: $(restore_command "$archived")"
  elif [ "$intact" -gt 0 ]; then
    echo 'a pod that holds data logs the command for a restore from it'
  else
    echo 'no volume of the set is known to hold data: bring back a volume from a backup or a snapshot'
  fi
}
