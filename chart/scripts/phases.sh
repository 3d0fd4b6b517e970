# The phases of a restore on the record: `formed`, `stopping` (every pod stops its etcd and signs), `restoring` (the
# source makes the new generation), `formed`. Each step is taken from the very record that was looked at.

# record_change DATA: fails when the record has changed since it was observed.
record_change() {
  kube patch configmap "$RECORD" --type=merge \
    -p "{\"metadata\":{\"resourceVersion\":\"$record_version\"},\"data\":{$1}}" >/dev/null
}

without_signatures() {
  for signature in $record_signatures; do
    printf ',"signed-%s":null' "${signature%%=*}"
  done
}

# restore_end MORE: the record says `formed` again.
restore_end() {
  record_change "\"phase\":\"formed\",\"restoreId\":null,\"restoreSource\":null,\"next\":null$(without_signatures)$1"
}

# restore_begin GENERATION CLUSTER_ID ETCD_VERSION LEARNERS: of this pod's data, of which the arguments tell where
# there is no record.
restore_begin() {
  begun="\"phase\":\"stopping\",\"restoreId\":\"$request_id\",\"restoreSource\":\"$ordinal\""
  if [ -n "$record_uid" ]; then
    record_change "$begun,\"next\":null$(without_signatures)" || return 1
  else
    record_create stopping "$1" "$2" "$3" "$4" ",$begun" || return 1
  fi
  log "restore $request_id: from the data of $POD_NAME; first every member stops (see $failures_doc#restoring)"
}

# restore_refuse ID WHY: for good; another request needs another id.
restore_refuse() {
  restore_end ",\"refused\":\"${record_refused:+$record_refused }$1\"" || return 1
  log "restore $1: refused: $2; nothing was changed. Ask again under another id, or with insist=true (see $failures_doc#restoring)"
}

restore_withdraw() {
  restore_end '' || return 1
  log "restore $record_restoreId: it is not asked for any more: the members start as they were"
}

# sign WHAT: nothing runs in this pod, and its volume holds `data` of the record's generation, or `other`.
sign() {
  record_change "\"signed-$ordinal\":\"$record_restoreId:$1\"" || return 1
  log "restore $record_restoreId: nothing runs here: signed"
}

# restore_make NEXT
restore_make() {
  record_change "\"phase\":\"restoring\",\"next\":\"$1\""
}

# restore_done GENERATION CLUSTER_ID LEARNERS: what the record said of the old members goes.
restore_done() {
  restore_end ",\"generation\":\"$1\",\"clusterId\":\"$2\",\"learners\":\"$3\",\"founder\":\"$(holder_id)\",\"members\":\"$POD_NAME\",\"restored\":\"${record_restored:+$record_restored }$record_restoreId\""
}
