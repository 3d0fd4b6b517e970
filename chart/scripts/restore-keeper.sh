# A restore, in the keeper of a running member: it stops its etcd for it, or refuses it while there is a quorum.

# heed_restore: succeeds where a restore decides, and the keeper does nothing else. Needs what observe fills, and own_quorum.
heed_restore() {
  complain_of_request "$own_restored" || true
  case $record_phase in
    stopping)
      if [ "$request_id" != "$record_restoreId" ]; then
        restore_withdraw || true
      elif [ "$own_quorum" = yes ] && [ "$request_force" != true ]; then
        restore_refuse "$record_restoreId" "$POD_NAME has a quorum" || true
      else
        stop_own_etcd "restore $record_restoreId"
      fi
      ;;
    restoring)
      if [ "$own_generation" = "$record_next" ]; then
        finish_restore
      else
        stop_own_etcd "restore $record_restoreId"
      fi
      ;;
    forming) return 1 ;;
    *)
      if is_superseded; then
        stop_own_etcd "the record is of generation $record_generation, which serves, and this member is of $own_generation"
      elif [ "$request_named" = yes ] && request_is_open "$own_restored"; then
        answer_request
      else
        return 1
      fi
      ;;
  esac
}

# A member with a quorum refuses what would replace it, whichever pod is named, so that the request does not begin later. A
# member without one may be cut off, or a learner: others may have a quorum.
answer_request() {
  if [ "$own_quorum" = yes ] && [ "$request_force" != true ]; then
    [ -n "$record_uid" ] || return 1
    restore_refuse "$request_id" "$POD_NAME has a quorum; a member that lost its volume is replaced without a restore" || true
    return 0
  fi
  if [ -n "$request_complaint" ] || [ "$request_member" != "$ordinal" ] || [ -z "$record_uid$quorumless_since" ]; then return 1; fi
  if [ "$request_force" != true ]; then
    list_peers
    add_existing_peers || return 1
    consult "$own_cluster_id"
    consult_surely "$own_cluster_id"
    [ "$quorum" = no ] || return 1
  fi
  restore_begin "$own_generation" "$own_cluster_id" "$(cluster_version)" "$own_learners" || true
}

# The first start of the restored generation.
finish_restore() {
  [ "$own_quorum" = yes ] || return 0
  if restore_end ",\"generation\":\"$own_generation\",\"clusterId\":\"$own_cluster_id\",\"learners\":\"$own_learners\",\"founder\":\"$(holder_id)\",\"voters\":\"$POD_NAME\",\"restored\":\"${record_restored:+$record_restored }$record_restoreId\""; then
    log "restore $record_restoreId: cluster $own_cluster_id serves: the record is formed, of generation $own_generation"
  fi
}

# A member that no one could stop, because it was cut off. Only where the newer generation is there to be joined: a record
# that someone edited stops no one.
is_superseded() {
  [ -n "$record_uid" ] && [ "$(generation_order "$record_generation" "$own_generation")" = higher ] || return 1
  find_quorum "$record_clusterId"
  [ "$quorum" = yes ]
}

# start.sh polls for this file.
stop_own_etcd() {
  [ -e "$stop_request" ] || log "stopping etcd: $1"
  : >"$stop_request"
}
