#!/bin/sh
# The etcd container: looks at the volume, the record and the other members, decides what this pod is to
# do, does it, and runs etcd. Arguments are etcd flags.
set -eu
scripts=$(dirname "$0")
for part in log settings endpoints kubernetes witness shared record volume wal members version decide reasons starts found join member-file launch request phases stage restore; do
  . "$scripts/$part.sh"
done

# Everything decide() wants to know, and the check of the image's version before it.
gather() {
  record=absent
  [ -z "$record_uid" ] || record=${record_phase:-unknown}
  record_order=same
  if [ -n "$record_generation" ] && [ -n "$volume_generation" ]; then
    record_order=$(generation_order "$record_generation" "$volume_generation")
  fi
  recorded_founder=no
  [ "$record_founder" != "$(holder_id)" ] || recorded_founder=yes
  wanted_cluster=${record_clusterId:-$volume_cluster_id}
  consult "$wanted_cluster"
  listed=no
  if [ "$quorum" = yes ] && [ -n "$(member_with 1 "$volume_member_id")" ]; then
    listed=yes
  fi
  others='' others_annotated=no newer_elsewhere=no
  # With a quorum of the record's cluster nobody can be starting what a later generation has left behind.
  if [ "$record" = absent ] || [ "$volume$record_order$quorum" = minesameno ]; then
    gather_others || return 1
  fi
  gather_request
}

# A quorum may be on its way up.
gather_request() {
  asked=no restore_source=no
  [ "$record_restoreSource" != "$ordinal" ] || restore_source=yes
  if [ "$quorum" = yes ]; then
    quorumless_since=
  else
    quorumless_since=${quorumless_since:-$(date +%s)}
  fi
  if [ "$request_member" != "$ordinal" ] || [ "$request_id" = "$record_restoreId" ] || ! request_is_open "$volume_restored"; then
    return 0
  fi
  check_request
  if [ -n "$request_complaint" ]; then
    log_once "restore $request_id: $request_complaint (see $failures_doc#restoring)"
  elif [ "$volume$quorum" = emptyno ]; then
    log_once "restore $request_id: $POD_NAME holds no data to restore from: name a member that does (see $failures_doc#restoring)"
  elif [ "$request_insist" = true ] ||
    { [ "$quorum" = no ] && [ $(($(date +%s) - quorumless_since)) -ge "$patience" ]; }; then
    asked=yes
  fi
}

gather_others() {
  others=$(other_generations) || return 1
  [ -z "$others" ] || others_annotated=yes
  for seen in $(echo "$others" | cut -d ' ' -f 2); do
    order=$(generation_order "$seen" "${volume_generation:-0-none}")
    case $order in
      higher) newer_elsewhere=higher ;;
      conflict) [ "$newer_elsewhere" = higher ] || newer_elsewhere=conflict ;;
    esac
  done
  # As a line of the log.
  others=$(echo "$others" | sed ':more; N; $!b more; s/\n/, /g')
}

# Nobody founds a cluster beside data, be it only a copy: a claim that was made anew over its volume says nothing
# of the data yet. On a shared volume the data itself is seen.
witness_found_data() {
  case $volume in
    copy | bare | half) ;;
    *) return 0 ;;
  esac
  [ -z "${SHARED_DIR:-}" ] || return 0
  [ -z "$holder_generation" ] || return 0
  annotate_holder "$(found_generation)" || return 1
  log "volume: it holds data that this pod does not start by itself: noted on $holder_name, so that nothing is founded beside it"
}

# Facts from the API server are at hand. Returns when there is nothing to do but to look again.
decide_online() {
  if [ "$pod_uid" != "$POD_UID" ]; then
    log_wait "the pod named $POD_NAME is another one now (${pod_uid:-none}): this one stays out of its way"
    return
  fi
  if [ -z "$holder_uid" ]; then
    log_wait "there is no $holder_resource $holder_name"
    return
  fi
  if [ -n "$log_claim" ] && [ -z "$log_uid" ]; then
    log_wait "there is no persistentvolumeclaim $log_claim"
    return
  fi
  replicas=${replicas:-0}
  inspect_volume
  [ -z "${SHARED_DIR:-}" ] || holder_generation=$(directory_generation "$DATA_DIR")
  if ! witness_found_data; then
    log_wait "$holder_resource $holder_name cannot be annotated ($kube_error)"
    return
  fi
  check_version
  if [ -n "$version_complaint" ] && [ "$record_phase" != stopping ]; then
    log_wait "$version_complaint"
    return
  fi
  if ! gather; then
    log_wait "the API server does not answer ($kube_error)"
    return
  fi
  if [ "$record$recorded_founder$volume$record_order" = formingyesminesame ] && log_is_bare "$volume_generation"; then
    action=archive reason="never-began"
  else
    decide
  fi
  act "$@"
}

act() {
  case $action in
    start) if annotate_own_data; then start_as_is "$@"; else log_stuck; fi ;;
    archive) put_aside ;;
    found) if found; then launch_founder "$@"; else log_stuck; fi ;;
    found-again) if found_again; then launch_founder "$@"; else log_stuck; fi ;;
    join) if join; then launch_joiner "$@"; else log_stuck; fi ;;
    sign) restore_stop ;;
    begin)
      restore_begin "$(found_generation)" "$volume_cluster_id" "$image_minor" "${volume_learners:-1}" || log_stuck
      ;;
    restore) restore_carry_on "$@" ;;
    wait) log_wait "$(explain)" ;;
  esac
}

# A step that failed without a word of its own.
log_stuck() {
  [ -z "$kube_error" ] || log_wait "$action: not possible yet: $kube_error"
}

# A restore that was interrupted may have left the name of a generation that never came to be.
annotate_own_data() {
  [ "$holder_generation" = "$volume_generation" ] || annotate_holder "$volume_generation"
}

start_as_is() {
  if log_is_cut "$volume_generation"; then
    log_wait "$log_cut lost its end, and with it what this member had acknowledged: it is never started; while the others have a quorum, a new volume brings this member back: $(new_volume) (see $failures_doc#a-log-that-lost-its-end)"
    return
  fi
  # What a restore left that was taken back takes room.
  if [ -e "$staging" ] || [ -e "$staging.new" ]; then discard_staged; fi
  if ! has_room; then
    log_wait "$roomless has no room left: etcd would start and end at its next write; make room there, or, while the others have a quorum, bring this member back with a new volume: $(new_volume) (see $failures_doc#a-volume-that-cannot-be-written)"
    return
  fi
  log "start: the volume holds member $volume_member_id of generation $volume_generation: starting it as it is"
  count_start
  learners=$volume_learners restored=$volume_restored
  introduce "$volume_generation" "$volume_cluster_id" "$volume_member_id" "$learners"
  [ "${quorum:-unknown}" != no ] || set -- "$@" "$(uncompared)"
  run_etcd "$volume_generation" "$@"
}

put_aside() {
  if ! still_this_pod; then
    log_stuck
    return
  fi
  discard_staged
  if ! archive_volume; then
    log_wait "archive: cannot move data to $archive: is the volume full or read-only? (see $failures_doc#a-volume-that-cannot-be-written)"
    return
  fi
  case $reason in
    removed) why="cluster $wanted_cluster does not list member $volume_member_id any more" ;;
    never-began) why='etcd was stopped before its log held a member' ;;
    superseded) why="the record says generation $record_generation" ;;
    half) why="$half, and cluster $wanted_cluster has a quorum without it" ;;
    copy) why="it is a copy of $identity_of, and cluster $wanted_cluster has a quorum without it" ;;
  esac
  log "archive: the volume held generation $(found_generation), but $why: put aside as $archive"
}

# Without the API server only one thing is ever done: a pod whose volume was verified starts as it is.
decide_offline() {
  verified_uid='' verified_holder='' verified_log=''
  [ ! -f "$verified_file" ] || read -r verified_uid verified_holder verified_log <"$verified_file"
  holder_uid=$verified_holder log_uid=$verified_log
  inspect_volume
  if [ "$verified_uid" = "$POD_UID" ] && [ "$volume" = mine ] && ! is_taken_over; then
    log "start: the API server does not answer ($kube_error), but this pod's volume was verified before"
    start_as_is "$@"
    return
  fi
  log_wait "the API server does not answer ($kube_error): a pod's first start needs it"
}

trap 'log "start: told to stop before etcd was started"; exit 0' TERM INT
ask_image_version
rm -f "$ready_file" "$stop_request"
until lock_volume; do
  if can_be_written; then
    log_wait "$DATA_DIR is held by another process (see $failures_doc#a-volume-that-cannot-be-written)"
  else
    log_wait "$DATA_DIR cannot be written to: make it writable, or, while the others have a quorum, bring this member back with a new volume: $(new_volume) (see $failures_doc#a-volume-that-cannot-be-written)"
  fi
  pause 1
done

# A look at the API server costs some 100 ms of a core, a look at the other members almost nothing: so a pod
# that waits for them watches them meanwhile, and goes on as soon as one is ready; or after 3 s, as a member
# without a quorum lets the question hang.
pause_until_next_look() {
  if [ "$peers_answer" = yes ] && [ $(($(date +%s) - began)) -lt 60 ]; then
    # A founder that serves says so on the record in a moment.
    [ "${reason:-}" = forming ] || pause 0.2
    return 0
  fi
  next_look=$(($(date +%s) + ${LOOK_INTERVAL:-3}))
  while [ "$(date +%s)" -lt "$next_look" ]; do
    pause 0.1
    if [ "$peers_answer" = no ] && any_is_ready "${replicas:-0}"; then
      return 0
    fi
  done
}

began=$(date +%s)
peers_answer=no
while :; do
  next_step=decide_online
  observe || next_step=decide_offline
  [ -n "${image_version:-}" ] || read_image_version
  "$next_step" "$@"
  pause_until_next_look
done
