# A restore: what one member has becomes the data of all, as a new generation. A user requests it by name, in the ConfigMap
# $request_name: `id`, `member` (the ordinal whose data is the source), `archive` (a directory under archive/ of that volume, the
# source instead of its data) and `force`. On the record: formed -> stopping (every etcd stops, every pod signs what it has) ->
# restoring (the source makes the new generation) -> formed. Each step is taken from exactly the record that was observed.
# Here: the request and the record. restore-keeper.sh: the keeper of a running member. restore-data.sh: a pod whose etcd does not run.

# ---- The request

# request_is_open FINISHED: is a restore requested that was neither finished nor refused? FINISHED are the ids that this volume
# knows as finished. A refusal is final: otherwise the request would wait for the day on which the quorum is lost.
request_is_open() {
  [ -n "$request_id" ] || return 1
  case " $record_restored $1 " in
    *" $request_id "*) return 1 ;;
  esac
  [ "$request_force" != true ] || return 0
  case " $record_refused " in
    *" $request_id "*) return 1 ;;
  esac
  ! grep -qxF "$request_id" "$refused_file" 2>/dev/null
}

# check_request FINISHED: fills request_complaint with what is wrong with a request, whichever pod it names, and request_named
# (yes or no): does it have an id that can be refused?
check_request() {
  request_complaint='' request_named=yes
  [ "$request_exists" = yes ] || return 0
  case $request_id in
    '') request_named=no request_complaint="it has no id: add one, a new name for each restore" ;;
    *[!A-Za-z0-9._-]*) request_named=no request_complaint="its id is not made of letters, digits, dots, dashes and underscores only" ;;
  esac
  case $request_member in
    '' | *[!0-9]*) request_complaint="member is \`$request_member\`: give the ordinal of the pod that holds the data, such as 0" ;;
    *)
      if request_is_open "$1" && [ "$request_member" -ge "${replicas:-0}" ]; then
        request_complaint="member $request_member is not among the $replicas replicas of the StatefulSet: name a pod that exists, or scale first"
      fi
      ;;
  esac
  case $request_archive in
    *[!A-Za-z0-9._-]* | .*) request_complaint="archive is \`$request_archive\`: give the name of a directory under $DATA_DIR/archive" ;;
  esac
}

# complain_of_request FINISHED: succeeds where there is a complaint.
complain_of_request() {
  check_request "$1"
  [ -n "$request_complaint" ] || return 1
  log_once "restore ${request_id:-without id}: $request_complaint; nothing was changed (see $failures_doc#restoring)"
}

# ---- The record

# restore_end MORE: the record is formed again.
restore_end() {
  record_change "\"phase\":\"formed\",\"restoreId\":null,\"restoreSource\":null,\"fence\":null,\"next\":null$(without_signatures)$1"
}

without_signatures() {
  printf '%s' "$record_signatures" | while read -r signer _; do
    printf ',"signed-%s":null' "$signer"
  done
}

# restore_begin GENERATION CLUSTER_ID ETCD_VERSION LEARNERS: from this pod's data, which the arguments describe where there is
# no record.
restore_begin() {
  begun="\"phase\":\"stopping\",\"restoreId\":\"$request_id\",\"restoreSource\":\"$ordinal\""
  if [ -n "$record_uid" ]; then
    record_change "$begun,\"fence\":null,\"next\":null$(without_signatures)" || return 1
  else
    voters=
    record_create stopping "$1" "$2" "$3" "$4" ",$begun" || return 1
  fi
  log "restore $request_id: from the data of $POD_NAME; first every member stops (see $failures_doc#restoring)"
}

# Without a record, what this pod knows as refused.
refused_file=$RUN_DIR/refused

# restore_refuse ID WHY: final; another request needs another id.
restore_refuse() {
  take_back ",\"refused\":\"${record_refused:+$record_refused }$1\"" || return 1
  log "restore $1: refused: $2; nothing was changed. Request it again under another id, or with force=true, which gives up what the source does not have (see $failures_doc#restoring)"
}

# take_back MORE: the record is what it was before the restore. One that the restore created names no voters, and describes no
# cluster: it would keep members from starting.
take_back() {
  if [ -n "$record_voters" ]; then
    restore_end "$1"
  else
    echo "$record_restoreId" >>"$refused_file"
    record_delete
  fi
}

restore_withdraw() {
  take_back '' || return 1
  log "restore $record_restoreId: the request is gone: the members start as they were"
}
