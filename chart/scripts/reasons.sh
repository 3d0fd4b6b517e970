# A decision's reason as one line that a person understands: what is seen, what ends the wait, and for a
# lost cause the command.

explain() {
  case $reason in
    restoring) echo "restore $record_restoreId: $STATEFULSET-$record_restoreSource makes generation $record_next, this pod joins it then (see $failures_doc#restoring)" ;;
    staged) echo "the restored data in $staging cannot be put in its place: is the volume full or read-only? (see $failures_doc#a-volume-that-cannot-be-written)" ;;
    bare) echo "$DATA_DIR holds data ($data_found) but no identity of this chart: it is never started; to serve it as a new generation: $(restore_command) (see $failures_doc#data-without-identity)" ;;
    copy) echo "the volume is a copy: it belongs to $identity_of, this pod is $(identity_owner "$holder_uid"): it is never started by itself; it is put aside when a quorum of cluster $wanted_cluster answers; without one, to serve it as a new generation: $(restore_command) (see $failures_doc#a-copied-volume)" ;;
    half) echo "$half: it is never started; it is put aside when a quorum of cluster $wanted_cluster answers; without one, to serve what the database holds as a new generation: $(restore_command) (see $failures_doc#half-of-a-member)" ;;
    newer-elsewhere) echo "the record is gone, and a volume of this set holds a newer generation than $volume_generation here: waiting for that member to write the record again (see $failures_doc#two-generations)" ;;
    older-record) echo "${others:+other volumes say ($others), }the record says generation $record_generation and this volume holds $volume_generation: an old record was put back, or the set was formed twice (see $failures_doc#two-generations)" ;;
    superseded) echo "the record says generation $record_generation, newer than $volume_generation here: waiting until it is formed" ;;
    beyond-replicas) echo "volume is empty and the StatefulSet wants $replicas replicas: ordinal $ordinal does not join" ;;
    no-record) echo "no cluster yet: $STATEFULSET-0 founds it, this pod joins" ;;
    record-lost) echo "the volume is empty and there is no record, but ${others:-a member that answers} shows that a cluster exists: waiting for a member with data to write the record again; nothing is formed (see $failures_doc#the-record-is-lost)" ;;
    forming) echo "$STATEFULSET-0 is forming the cluster, this pod joins" ;;
    no-quorum) echo "volume is empty and no quorum of cluster $wanted_cluster answers: waiting for its members; nothing is formed in their place (see $failures_doc#no-quorum)" ;;
  esac
}

# The commands that bring a member back on a new volume, or in a new directory of the shared one, while the others have
# a quorum.
new_volume() {
  if [ -n "${SHARED_DIR:-}" ]; then
    neighbour=0
    [ "$ordinal" != 0 ] || neighbour=1
    printf '%s && ' "kubectl -n $POD_NAMESPACE exec $STATEFULSET-$neighbour -c etcd -- /opt/busybox/bin/mv $DATA_DIR $DATA_DIR.aside"
    echo "kubectl -n $POD_NAMESPACE delete pod $POD_NAME"
    return
  fi
  [ "$PERSISTENCE" != true ] || printf '%s && ' "kubectl -n $POD_NAMESPACE delete pvc $holder_name${log_claim:+ $log_claim} --wait=false"
  echo "kubectl -n $POD_NAMESPACE delete pod $POD_NAME"
}
