# A restore, in a pod whose etcd does not run: what it signs, what the source decides, and how it makes the new data.

revision_gap=1000000000

# Fills asked, in a pod whose etcd does not run. Needs quorum.
gather_request() {
  asked=no
  read_clock
  if [ "$quorum" = yes ]; then
    quorumless_since=
  else
    quorumless_since=${quorumless_since:-$now}
  fi
  if complain_of_request "$volume_restored" || [ "$request_member" != "$ordinal" ] ||
    [ "$request_id" = "$record_restoreId" ] || ! request_is_open "$volume_restored"; then
    return 0
  fi
  if ! has_source; then
    log_once "restore $request_id: $POD_NAME has no ${request_archive:+archive $request_archive with }data to restore from: name a member that has (see $failures_doc#restoring)"
  elif [ "$request_force" = true ]; then
    asked=yes
  elif [ "$quorum" = no ] && [ $((now - quorumless_since)) -ge "$patience" ]; then
    may_take_over || return 1
    asked=$taken_over
  fi
}

# may_take_over: fills taken_over with whether this request may replace a restore from another pod that is in progress. Once
# that pod has annotated its claim, its data may be the new generation already.
may_take_over() {
  taken_over=yes
  [ "$record_phase" = restoring ] || return 0
  others=$(other_generations) || return 1
  case "$others " in
    *" $record_next"*)
      taken_over=no
      log_once "restore $request_id: $STATEFULSET-$record_restoreSource may hold the new generation $record_next of restore $record_restoreId: bring it back, or request this restore with force=true (see $failures_doc#restoring)"
      ;;
  esac
}

# has_source: fills source_directory and source_generation with what a restore from this pod would be made of.
has_source() {
  if [ -n "$request_archive" ]; then
    archive_data "$request_archive" || return 1
    source_directory=$archived_data source_generation=$(generation_of "${archived_data##*/}")
  else
    [ "$volume" != empty ] && [ "$volume" != staged ] && [ "$data_count" -gt 0 ] || return 1
    source_directory=$(data_directory) source_generation=$(found_generation)
  fi
}

# ---- Stopping

# A pod that has signed is verified no more: without the API server it would start its member again.
restore_sign() {
  if [ "$request_id" != "$record_restoreId" ]; then
    restore_withdraw || log_stuck
    return 0
  fi
  rm -f "$member_file"
  if [ "$(signature_of "$ordinal" | cut -d ' ' -f 2)" != "$POD_UID" ]; then
    describe_data
    record_change "\"signed-$ordinal\":\"$request_id $POD_UID $held\"" || { log_stuck; return 0; }
    log "restore $request_id: no etcd runs here: signed ($held)"
  elif [ "$restore_source" = yes ]; then
    await_fence || log_stuck
  else
    log_wait "restore $request_id: the others stop, then $STATEFULSET-$record_restoreSource restores (see $failures_doc#restoring)"
  fi
}

# Fills held: `KIND GENERATION TERM INDEX` of this volume's data and of the last entry of its log. `cut` is data whose log, or
# its end, is lost: it does not start, and how much its database has is not known.
describe_data() {
  log_term=0 log_index=0 kind=$volume
  if [ "$record_restoreSource" = "$ordinal" ] && [ -n "$request_archive" ] && has_source; then
    kind=archive
    read_log "$source_directory"
  elif [ "$data_count" -eq 1 ] && [ "$incomplete" = no ]; then
    source_generation=$(found_generation)
    read_log "$(data_directory)"
    if log_is_cut "$(data_directory)"; then kind="cut"; fi
  elif [ "$data_count" -gt 0 ]; then
    source_generation=$(found_generation)
    [ "$incomplete" = no ] || kind="cut"
  else
    source_generation=-
  fi
  held="$kind $source_generation $log_term $log_index"
}

# signature_of ORDINAL: `ID UID KIND GENERATION TERM INDEX`.
signature_of() {
  printf '%s' "$record_signatures" | sed -n "s/^$1 //p" | grep "^$record_restoreId " || true
}

# The fence: the pods that existed when the source first saw the phase, whatever their ordinal. Pods that come later read the
# phase before they start anything. A pod without a node never ran.
await_fence() {
  read_set || return 1
  if [ -z "$record_fence" ]; then
    fence_since=
    fence=$(awk '$6 != "-" { printf "%s%s", separator, $3; separator = " " }' "$set_pods")
    record_change "\"fence\":\"$fence\""
    return
  fi
  awaited=
  while read -r _ at uid _; do
    case " $record_fence " in
      *" $uid "*) [ "$(signature_of "$at" | cut -d ' ' -f 2)" = "$uid" ] || awaited="$awaited $STATEFULSET-$at" ;;
    esac
  done <"$set_pods"
  if [ -z "$awaited" ]; then
    decide_restore
    return
  fi
  read_clock
  fence_since=${fence_since:-$now}
  if [ $((now - fence_since)) -lt "$wait_interval" ]; then
    log_wait "restore $request_id: waiting for$awaited to stop its etcd (see $failures_doc#restoring)"
  else
    log_wait "restore $request_id: waiting for$awaited to stop its etcd; if it cannot, because its node is off, remove the pod: kubectl -n $POD_NAMESPACE delete pod$awaited --force (see $failures_doc#restoring)"
  fi
}

# Every pod that could run an etcd has stopped it.
decide_restore() {
  if ! has_source; then
    restore_refuse "$request_id" "$POD_NAME has no data to restore from"
    return
  fi
  own_signature=$(signature_of "$ordinal")
  source_term=$(column 5 "$own_signature") source_index=$(column 6 "$own_signature")
  if [ "$request_force" != true ]; then
    object_to_restore || return 1
    if [ -n "$objection" ]; then
      restore_refuse "$request_id" "$objection"
      return
    fi
  fi
  number=$(highest_number) || return 1
  record_change "\"phase\":\"restoring\",\"next\":\"$((number + 1))-$(cat /proc/sys/kernel/random/uuid)\"" || return 1
  log "restore $request_id: no etcd of the set runs: making a new generation from the data of $POD_NAME (generation $source_generation, term $source_term, index $source_index)"
}

# Fills objection with why this restore would lose something.
object_to_restore() {
  objection=
  others=$(other_generations) || return 1
  survey_signed
  if quorum_is_intact; then
    objection="the volumes of $intact of $electorate voters are intact ($intact_names ), which is a quorum: they start as they are once they all have pods"
    [ "$wake" -le "$replicas" ] || objection="$objection: kubectl -n $POD_NAMESPACE scale statefulset $STATEFULSET --replicas=$wake"
    return 0
  fi
  # What other pods hold.
  printf '%s' "$record_signatures" >"$scratch/signatures"
  while read -r at id _ kind generation term index; do
    if [ "$id" != "$request_id" ] || [ "$at" = "$ordinal" ]; then continue; fi
    if [ -z "$record_voters" ] && [ "$kind $generation" = "own $record_generation" ]; then
      objection="$STATEFULSET-$at has its own data, and the record does not name the voters: members start as they are"
    fi
    if [ "$kind $generation" = "cut $source_generation" ]; then
      objection="the log of $STATEFULSET-$at, or its end, is lost, so it is not known whether its database has more than $POD_NAME"
    fi
    object_to_data "$STATEFULSET-$at" "$generation" "$term" "$index"
  done <"$scratch/signatures"
  # What volumes hold of which no pod has reported.
  echo "$others" >"$scratch/others"
  while read -r name generation; do
    [ -n "$name" ] || continue
    at=${name##*-}
    case "
$(cat "$scratch/signatures")" in
      *"
$at $request_id "*) continue ;;
    esac
    object_to_data "$STATEFULSET-$at" "$generation" 0 0
    case " $record_voters " in
      '  ' | *" $STATEFULSET-$at "* | *" $STATEFULSET-$at/learner "*) object_to_unread ;;
    esac
  done <"$scratch/others"
}

# object_to_data NAME GENERATION TERM INDEX
object_to_data() {
  case $2 in '' | - | 0-unknown) return 0 ;; esac
  order=$(generation_order "$2" "$source_generation")
  if [ "$order" = higher ]; then
    objection="$1 holds generation $2, which is newer than generation $source_generation of $POD_NAME"
  elif [ "$order" = same ] && { [ "$3" -gt "$source_term" ] || { [ "$3" -eq "$source_term" ] && [ "$4" -gt "$source_index" ]; }; }; then
    objection="$1 has more of the log than $POD_NAME: term $3, index $4, against term $source_term, index $source_index; name that pod"
  fi
}

# A volume without a pod cannot report how much it has. Needs name, at and generation.
object_to_unread() {
  if [ "$generation" = "$source_generation" ] || [ "$source_generation" = 0-unknown ]; then
    objection="the volume of $STATEFULSET-$at holds generation $generation, and no pod has reported how much of the log it has: bring that pod back first"
  fi
}

# survey_signed: counts volumes, that of a pod that signed by its own word, the others by their claims.
survey_signed() {
  count_no_volume
  for voter in $record_voters; do
    at=${voter%/learner}
    at=${at##*-}
    uid=$(awk -v ordinal="$at" '$2 == ordinal { print $3; exit }' "$set_pods")
    signature=$(signature_of "$at")
    state=
    if [ -n "$uid" ] && [ "$(column 2 "$signature")" = "$uid" ]; then
      [ "$(column 3 "$signature") $(column 4 "$signature")" != "own $record_generation" ] || state=intact
    elif [ "$(describe_volume_of "$at")" = 'its volume is intact' ]; then
      state=intact
    fi
    count_volume "$voter" "$state"
  done
}

# Of the record, the volumes and the requests before, so that no number is used twice.
highest_number() {
  others=$(other_generations) || return 1
  printf '%s\n' "$others" "- $record_generation" "- $record_next" "- $volume_generation" "- $holder_generation" "- $source_generation" |
    cut -d ' ' -f 2 | cut -d - -f 1 | sort -n | tail -n 1
}

# ---- Restoring, in the source

# One step a round, so that the request can be withdrawn until the old data is archived.
restore_carry_on() {
  if [ "$volume" = own ] && [ "$volume_generation" = "$record_next" ]; then
    start_as_is "$@"
  elif [ "$volume" = staged ]; then
    reason=staged
    log_wait "$(explain)"
  elif [ "$request_id" != "$record_restoreId" ]; then
    give_back || log_stuck
  elif ! has_source; then
    restore_refuse "$record_restoreId" "$POD_NAME has no data to restore from" || log_stuck
  elif [ "$volume" = empty ] && [ "$holder_generation" != "$record_next" ]; then
    # What is staged on an empty volume is put in its place without an exchange.
    claim_next || log_stuck
  elif ! is_staged "$record_next"; then
    stage_restore "$@" || true
  else
    exchange_data || log_stuck
  fi
}

give_back() {
  discard_staged
  if [ "$holder_generation" = "$record_next" ]; then
    has_source || source_generation=$(found_generation)
    annotate_holder "$source_generation" || return 1
  fi
  restore_withdraw
}

# Owned first, so that the record lives as long as this data; annotated first, so that a pod that finds no record waits for
# this generation instead of starting the old one.
claim_next() {
  still_this_pod || return 1
  record_own || return 1
  annotate_holder "$record_next"
}

exchange_data() {
  claim_next || return 1
  if ! archive_volume kept; then
    log_wait "archive: cannot move data to $archive: is the volume full or read-only? (see $failures_doc#a-volume-that-cannot-be-written)"
    return 0
  fi
  log "restore $record_restoreId: the old data is archived as $archive"
}

# ---- The new generation's data, made of the source without touching it, and whole before it has its name

# is_staged GENERATION
is_staged() {
  [ -f "$staging/identity" ] && has_log "$staging/$1"
}

discard_staged() {
  rm -rf "$staging" "$staging.new"
}

# What the log shows as decided is in the database only after that log was replayed, so a one-member etcd replays it, on a copy.
# All revisions of the new generation are above those that clients have seen.
stage_restore() {
  discard_staged
  if [ -z "$request_archive" ] && [ "$data_count" -gt 1 ]; then
    log_wait "restore $record_restoreId: $DATA_DIR holds more than one data directory ($data_found ): leave the one that is wanted (see $failures_doc#data-without-identity)"
    return 1
  fi
  if ! mkdir -p "$staging.new" || ! cp -a "$source_directory/member" "$staging.new/"; then
    discard_staged
    log_wait "restore $record_restoreId: cannot copy $source_directory: it takes the room of the data twice more: $(more_room) (see $failures_doc#a-volume-that-cannot-be-written)"
    return 1
  fi
  if has_log "$source_directory"; then
    log "restore $record_restoreId: replaying the log of $source_directory on a copy"
    if ! commit_log "$staging.new"; then
      log_wait "restore $record_restoreId: cannot write to the copy of the log in $staging.new (see $failures_doc#a-volume-that-cannot-be-written)"
      return 1
    fi
    replay_copy "$@" || return 1
  else
    log "restore $record_restoreId: $source_directory has no write-ahead log: taking what its database holds"
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
  mv "$staging.new" "$staging" && sync_directory
}

# Leaves the database in $staging.new/member/snap/db. The flags are those of the members: what the log decided must be applied
# in the same way. A CORRUPT alarm in the data fails /readyz, so etcd's client asks.
replay_copy() {
  replay_log=$scratch/replay.log
  learners=${volume_learners:-1}
  [ "$image_minor" = 3.5 ] || set -- "$@" --max-learners="$learners"
  etcd "$@" --name="$POD_NAME" --data-dir="$staging.new" --force-new-cluster \
    --listen-client-urls="http://$loopback:23790" --advertise-client-urls="http://$loopback:23790" \
    --listen-peer-urls="http://$loopback:23800" --listen-metrics-urls="http://$loopback:23810" >"$replay_log" 2>&1 9>&- &
  replayer=$!
  trap 'kill -KILL $replayer 2>/dev/null; exit 0' TERM INT
  read_clock
  replaying_since=$now
  until etcdctl_at "http://$loopback:23790" member list >/dev/null 2>&1; do
    if ! kill -0 "$replayer" 2>/dev/null; then
      log_wait "restore $record_restoreId: etcd cannot replay the log of $source_directory: $(tail -n 1 "$replay_log")"
      return 1
    fi
    read_clock
    if [ $((now - replaying_since)) -ge 30 ]; then
      log_wait "restore $record_restoreId: etcd replays the log of $source_directory on a copy; its progress is in $replay_log"
    fi
    pause 0.2
  done
  # On TERM etcd writes to its database what it has in memory.
  kill -TERM "$replayer"
  replay_code=0
  wait "$replayer" || replay_code=$?
  trap 'exit 0' TERM INT
  case $replay_code in
    0 | 143) ;;
    *)
      log_wait "restore $record_restoreId: etcd did not stop cleanly after it had replayed the log (exit code $replay_code)"
      return 1
      ;;
  esac
}

# After an interruption: the old data is archived, and what is staged takes its place. Fails where that cannot be done.
place_staged() {
  staged_generation=$(sed -n 's/^generation //p' "$staging/identity")
  has_log "$staging/$staged_generation" || return 1
  write_durably "$identity_file" <"$staging/identity" || return 1
  mv "$staging/$staged_generation" "$DATA_DIR/$staged_generation" || return 1
  sync
  rm -rf "$staging"
}
