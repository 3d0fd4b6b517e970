# What a starting pod does about a restore. Nothing runs in it, and nothing starts before the record says `formed`.

revision_gap=1000000000

# At `stopping`. A pod that has signed is verified no more: without the API server it would start its member again.
restore_stop() {
  if [ "$request_id" != "$record_restoreId" ]; then
    restore_withdraw || log_stuck
    return 0
  fi
  rm -f "$verified_file"
  held=other
  if [ "$volume" = mine ] && [ "$volume_generation" = "$record_generation" ] && ! log_is_cut "$volume_generation"; then
    held=data
  fi
  case " $record_signatures " in
    *" $ordinal=$request_id:$held "*) ;;
    *)
      sign "$held" || log_stuck
      return 0
      ;;
  esac
  if [ "$restore_source" = yes ]; then
    await_signatures || log_stuck
  else
    log_wait "restore $request_id: the others stop, then $STATEFULSET-$record_restoreSource restores (see $failures_doc#restoring)"
  fi
}

# Those that were named as lost may live after all: they get time to object, or to stop and sign.
await_signatures() {
  stopping_since=${stopping_since:-$(date +%s)}
  count_signatures
  if [ -n "$unsigned" ]; then
    log_wait "restore $request_id: waiting for$unsigned to stop; a pod that cannot come back is named as lost: kubectl -n $POD_NAMESPACE patch configmap $request_name --type=merge -p '{\"data\":{\"lost\":\"$unsigned_ordinals\"}}' (see $failures_doc#restoring)"
  elif [ "$volume" = empty ] || [ "$data_count" -eq 0 ]; then
    restore_refuse "$request_id" "the volume of $POD_NAME holds no data"
  elif [ "$request_insist" != true ] && [ $((holders * 2)) -gt "$electorate" ]; then
    restore_refuse "$request_id" "$holders of $electorate members still have their data, and are a quorum as they are"
  elif [ -z "$request_lost" ] || [ $(($(date +%s) - stopping_since)) -ge "$patience" ]; then
    number=$(highest_number) || return 1
    restore_make "$((number + 1))-$(cat /proc/sys/kernel/random/uuid)" || return 1
    log "restore $request_id: all have stopped: making a new generation from the data of $POD_NAME"
  else
    log_wait "restore $request_id: those named as lost ($request_lost) have $patience s to object"
  fi
}

# Fills unsigned and unsigned_ordinals, holders (how many signed that they hold the generation's data) and
# electorate (how many voters it has).
count_signatures() {
  unsigned='' unsigned_ordinals=$request_lost holders=0 signer=0
  while [ "$signer" -lt "$replicas" ]; do
    case " $record_signatures " in
      *" $signer=$request_id:data "*) holders=$((holders + 1)) ;;
      *" $signer=$request_id:"*) ;;
      *)
        case " $request_lost " in
          *" $signer "*) ;;
          *)
            unsigned="$unsigned $STATEFULSET-$signer"
            unsigned_ordinals="${unsigned_ordinals:+$unsigned_ordinals }$signer"
            ;;
        esac
        ;;
    esac
    signer=$((signer + 1))
  done
  electorate=${record_voters:-$replicas}
}

# Of the record and all volumes, so that no number is used twice.
highest_number() {
  others=$(other_generations) || return 1
  printf '%s\n' "$others" "- $record_generation" "- $volume_generation" "- $holder_generation" |
    cut -d ' ' -f 2 | cut -d - -f 1 | sort -n | tail -n 1
}

# At `restoring`, in the source. One step a look, so that the request can be withdrawn until the old data goes aside.
restore_carry_on() {
  if [ "$volume" = mine ] && [ "$volume_generation" = "$record_next" ]; then
    start_as_is "$@"
  elif [ "$volume" = empty ] || [ "$volume$data_count" = half0 ]; then
    restore_refuse "$record_restoreId" "the volume of $POD_NAME holds no data" || log_stuck
  elif [ "$volume" = staged ]; then
    reason=staged
    log_wait "$(explain)"
  elif [ "$request_id" != "$record_restoreId" ]; then
    give_back || log_stuck
  elif ! is_staged "$record_next"; then
    stage_restore "$@" || true
  else
    exchange_data || log_stuck
  fi
}

give_back() {
  discard_staged
  [ "$holder_generation" != "$record_next" ] || annotate_holder "$(found_generation)" || return 1
  restore_withdraw
}

# Owned first, so that the record lives as long as this data; annotated first, so that whoever finds no record
# waits for this generation instead of starting the old one.
exchange_data() {
  still_this_pod || return 1
  record_own || return 1
  annotate_holder "$record_next" || return 1
  if ! archive_volume; then
    log_wait "archive: cannot move data to $archive: is the volume full or read-only? (see $failures_doc#a-volume-that-cannot-be-written)"
    return 0
  fi
  log "restore $record_restoreId: the old data is put aside as $archive"
}
