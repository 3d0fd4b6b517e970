# What the keeper of a running member does about a restore.

# heed_restore: succeeds where a restore has the word, and the keeper is to do nothing else. Needs what observe() fills,
# and unready_since, which is empty while this member has a quorum.
heed_restore() {
  case $record_phase in
    stopping) heed_stopping ;;
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
        stop_own_etcd "the record says generation $record_generation, which serves, and this is $own_generation"
      elif [ "$request_member" = "$ordinal" ] && request_is_open "$own_restored" && [ -n "$record_uid$unready_since" ]; then
        consider_restore
      else
        return 1
      fi
      ;;
  esac
}

heed_stopping() {
  if [ "$request_id" != "$record_restoreId" ]; then
    restore_withdraw || true
  elif [ -z "$unready_since" ] && [ "$request_insist" != true ]; then
    restore_refuse "$record_restoreId" "$POD_NAME has a quorum" || true
  else
    stop_own_etcd "restore $record_restoreId"
  fi
}

# The first start of the restored generation.
finish_restore() {
  [ -z "$unready_since" ] || return 0
  if restore_done "$own_generation" "$own_cluster_id" "$own_learners"; then
    log "restore $record_restoreId: cluster $own_cluster_id serves: the record says formed, of generation $own_generation"
  fi
}

# A member that nobody could stop, as it was cut off, say. Only where the newer generation is there to be joined: a
# record that somebody edited stops nobody.
is_superseded() {
  [ -n "$record_uid" ] && [ "$(generation_order "$record_generation" "$own_generation")" = higher ] || return 1
  consult "$record_clusterId"
  [ "$quorum" = yes ]
}

consider_restore() {
  check_request
  if [ -n "$request_complaint" ]; then
    log_wait "restore $request_id: $request_complaint (see $failures_doc#restoring)"
  elif [ -z "$unready_since" ] && [ "$request_insist" != true ]; then
    restore_refuse "$request_id" "$POD_NAME has a quorum" || true
  else
    restore_begin "$own_generation" "$own_cluster_id" "$(cluster_version)" "$own_learners" || true
  fi
}

# start.sh looks for this file.
stop_own_etcd() {
  [ -e "$stop_request" ] || log "stopping etcd: $1"
  : >"$stop_request"
}
