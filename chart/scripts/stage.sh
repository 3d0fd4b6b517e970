# A new generation's data, made of this volume's own without touching that, and whole before it bears its name.
# Needs room for the data twice more.

staging=$DATA_DIR/restore

# is_staged GENERATION
is_staged() {
  [ -f "$staging/identity" ] && has_wal "$staging/$1"
}

discard_staged() {
  rm -rf "$staging" "$staging.new"
}

# Whatever the old data's log says was decided is in its database only after that log was replayed, so a one-member
# etcd replays it, on a copy. All revisions of the new generation are above those that clients have seen.
stage_restore() {
  discard_staged
  if [ "$data_count" -gt 1 ]; then
    log_wait "restore $record_restoreId: $DATA_DIR holds more than one data directory ($data_found ): leave the one that is wanted (see $failures_doc#data-without-identity)"
    return 1
  fi
  if ! mkdir -p "$staging.new" || ! copy_data; then
    discard_staged
    log_wait "restore $record_restoreId: cannot copy $(data_directory): it takes the room of the data twice more (see $failures_doc#a-volume-that-cannot-be-written)"
    return 1
  fi
  if [ "$volume" = half ]; then
    log "restore $record_restoreId: $half: taking what is in the database alone; what only the log held is given up"
  else
    log "restore $record_restoreId: replaying the log of $(data_directory) on a copy"
    replay_copy "$@" || return 1
  fi
  if ! etcdutl snapshot restore "$staging.new/member/snap/db" --skip-hash-check --data-dir="$staging.new/$record_next" \
    --name="$POD_NAME" --initial-cluster="$POD_NAME=$(peer_url "$ordinal")" \
    --initial-cluster-token="$record_next" --initial-advertise-peer-urls="$(peer_url "$ordinal")" \
    --bump-revision="$revision_gap" --mark-compacted >"$scratch/restore.log" 2>&1; then
    log_wait "restore $record_restoreId: etcdutl cannot restore the database: $(tail -n 1 "$scratch/restore.log")"
    return 1
  fi
  rm -rf "$staging.new/member"
  learners=$(learners_of_image) restored=${record_restored:+$record_restored }$record_restoreId
  founder_ids "$record_next"
  describe_identity "$record_next" "$cluster_id" "$member_id" "$learners" >"$staging.new/identity" || return 1
  sync
  mv "$staging.new" "$staging" || return 1
}

# The data and its log, wherever that is, as etcd has them in one directory.
copy_data() {
  cp -a "$(data_directory)/member" "$staging.new/" || return 1
  old_log=$(log_directory "$volume_generation")
  if [ "$volume" != half ] && [ "$volume" != bare ] && [ "$old_log" != "$(data_directory)/member/wal" ]; then
    cp -a "$old_log" "$staging.new/member/wal"
  fi
}

# Leaves the database in $staging.new/member/snap/db. The flags are those of the members: what the log says was done
# must be done again in the same way.
replay_copy() {
  replay_log=$scratch/replay.log
  learners=${volume_learners:-1}
  [ "$image_minor" = 3.5 ] || set -- "$@" --max-learners="$learners"
  etcd "$@" --name="$POD_NAME" --data-dir="$staging.new" --force-new-cluster \
    --listen-client-urls="http://$loopback:23790" --advertise-client-urls="http://$loopback:23790" \
    --listen-peer-urls="http://$loopback:23800" --listen-metrics-urls="http://$loopback:23810" >"$replay_log" 2>&1 9>&- &
  replayer=$!
  replaying_since=$(date +%s)
  until timeout 5 wget -q -Y off -O - "http://$loopback:23810/readyz" >/dev/null 2>&1; do
    if ! kill -0 "$replayer" 2>/dev/null; then
      log_wait "restore $record_restoreId: etcd cannot replay the log of $(data_directory): $(tail -n 1 "$replay_log")"
      return 1
    fi
    if [ $(($(date +%s) - replaying_since)) -ge 30 ]; then
      log_wait "restore $record_restoreId: etcd replays the log of $(data_directory) on a copy; it says in $replay_log how far it is"
    fi
    pause 0.2
  done
  # Told to stop, etcd writes to its database what it has in memory.
  kill -TERM "$replayer"
  replay_code=0
  wait "$replayer" || replay_code=$?
  case $replay_code in
    0 | 143) ;;
    *)
      log_wait "restore $record_restoreId: etcd did not stop as it should after it had replayed the log (exit code $replay_code)"
      return 1
      ;;
  esac
}

# After an interruption: the old data is aside, and what is staged takes its place. Fails where that cannot be done.
place_staged() {
  staged_generation=$(sed -n 's/^generation //p' "$staging/identity")
  if [ -n "${WAL_DIR:-}" ]; then
    place_staged_log "$staged_generation" || return 1
  else
    has_wal "$staging/$staged_generation" || return 1
  fi
  write_identities "$staging/identity" || return 1
  mv "$staging/$staged_generation" "$DATA_DIR/$staged_generation" || return 1
  sync
  rm -rf "$staging"
}
