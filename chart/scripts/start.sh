#!/bin/sh
# The etcd container: reads the volume, the record and the other members' answers, decides what this pod does, does it, and
# runs etcd. Arguments are etcd flags.
set -eu
scripts=$(dirname "$0")
for part in time log settings endpoints kubernetes shared witness record write-ahead-log volume members peers version decide advice explain starts found join member-file launch restore restore-data; do
  . "$scripts/$part.sh"
done

# Everything decide() needs. What the probes did not confirm is asked with etcd's client before it decides anything.
gather() {
  record=absent
  [ -z "$record_uid" ] || record=${record_phase:-unknown}
  record_order=same
  if [ -n "$record_generation" ] && [ -n "$volume_generation" ]; then
    record_order=$(generation_order "$record_generation" "$volume_generation")
  fi
  recorded_founder=no
  [ "$record_founder" != "$(holder_id)" ] || recorded_founder=yes
  restore_source=no
  [ "$record_restoreSource" != "$ordinal" ] || restore_source=yes
  wanted_cluster=${record_clusterId:-$volume_cluster_id}
  list_peers
  consult "$wanted_cluster"
  gather_more || return 1
  decide
  if silence_matters; then
    add_existing_peers || return 1
    # shellcheck disable=SC2086 # $peers is several words
    if [ "$action" != found ] || ! nobody_listens $peers; then consult_surely "$wanted_cluster"; fi
    if [ "$quorum" = yes ]; then gather_more || return 1; fi
    decide
  fi
  prefer_start
}

# A pod that can start does not begin a restore that is not forced: it may be a quorum.
prefer_start() {
  if [ "$action" != begin ] || [ "$request_force" = true ]; then return 0; fi
  asked=no
  decide
  if [ "$action" = start ] && ! log_is_cut "$(data_directory)"; then return 0; fi
  asked=yes
  decide
}

# What follows from the quorum.
gather_more() {
  listed=no
  if [ "$quorum" = yes ] && [ -n "$(member_with 1 "$volume_member_id")" ]; then
    listed=yes
  fi
  others='' others_annotated=no newer_elsewhere=no
  # With a quorum of the record's cluster no one can be starting what a later generation has left behind.
  if [ "$record" = absent ] || [ "$volume$record_order$quorum" = ownsameno ]; then
    gather_others || return 1
  fi
  gather_request
}

# Would the decision be another one if a quorum answered after all? A volume that starts as it is can do so without one; but
# etcd ends by itself when its member was removed, so it is asked before a second start.
silence_matters() {
  [ "$quorum" = no ] || return 1
  case $action in
    found | begin) return 0 ;;
    start) [ -e "$starts_file" ] ;;
    wait)
      case $reason in
        restoring | staged | beyond-replicas | no-record | forming) return 1 ;;
      esac
      ;;
    *) return 1 ;;
  esac
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

# Nothing is bootstrapped beside data, not even beside foreign data: a claim that was created again over its volume is not
# annotated yet. On a shared volume the data itself is visible.
annotate_found_data() {
  case $volume in
    foreign | unidentified) ;;
    *) return 0 ;;
  esac
  [ -z "${SHARED_DIR:-}" ] || return 0
  [ -z "$holder_generation" ] || return 0
  annotate_holder "$(found_generation)" || return 1
  log "volume: it holds data that this pod does not start by itself: annotated on $holder_name, so that nothing is bootstrapped beside it"
}

# The API server's facts are at hand. Returns when the next thing to do is to observe again.
decide_online() {
  if [ "$pod_uid" != "$POD_UID" ]; then
    log_wait "the pod named $POD_NAME is another one now (${pod_uid:-none}): this pod does nothing"
    return
  fi
  if [ -z "$holder_uid" ]; then
    log_wait "there is no $holder_resource $holder_name"
    return
  fi
  replicas=${replicas:-0}
  inspect_volume
  [ -z "${SHARED_DIR:-}" ] || holder_generation=$(directory_generation "$DATA_DIR")
  if ! annotate_found_data; then
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
  if [ "$record$recorded_founder$volume$record_order" = formingyesownsame ] && log_is_unborn "$(data_directory)"; then
    action=archive reason=unborn
  fi
  act "$@"
}

act() {
  case $action in
    start) if annotate_own_data; then start_as_is "$@"; else log_stuck; fi ;;
    archive) archive_data_of_others ;;
    found) if has_room_to_join && found; then launch_founder "$@"; else log_stuck; fi ;;
    found-again) if has_room_to_join && found_again; then launch_founder "$@"; else log_stuck; fi ;;
    join) if has_room_to_join && join; then launch_joiner "$@"; else log_stuck; fi ;;
    sign) restore_sign ;;
    begin) restore_begin "$(found_generation)" "$volume_cluster_id" "$image_minor" "${volume_learners:-1}" || log_stuck ;;
    restore) restore_carry_on "$@" ;;
    wait) if wait_is_due "$reason"; then log_wait "$(explain)"; fi ;;
  esac
}

# A step that failed without its own line.
log_stuck() {
  [ -z "$kube_error" ] || log_wait "$action: not possible yet: $kube_error"
}

# A restore that was interrupted may have left the name of a generation that was never formed.
annotate_own_data() {
  [ "$holder_generation" = "$volume_generation" ] || annotate_holder "$volume_generation"
}

start_as_is() {
  if log_is_cut "$(data_directory)"; then
    consult_surely "$wanted_cluster"
    volume="cut"
    wait_is_due cut || return 0
    log_wait "$cut_file lost its end, and perhaps what this member had acknowledged: $cut_how: it is never started by itself; $(way_back) (see $failures_doc#a-log-that-lost-its-end)"
    return
  fi
  # A restore that was withdrawn leaves data that takes room.
  discard_staged
  needed_mib=$(room_to_start "$volume_generation")
  if ! has_room "$needed_mib"; then
    consult_surely "$wanted_cluster"
    wait_is_due room || return 0
    log_wait "$DATA_DIR has $free_mib MiB left and etcd needs $needed_mib to start: $(more_room); $(way_back) (see $failures_doc#a-volume-that-cannot-be-written)"
    return
  fi
  log "start: the volume holds member $volume_member_id of generation $volume_generation: starting it as it is"
  count_start
  learners=$volume_learners restored=$volume_restored
  introduce "$volume_generation" "$volume_cluster_id" "$volume_member_id" "$learners"
  [ "${quorum:-unknown}" != no ] || set -- "$@" "$(uncompared)"
  run_etcd "$volume_generation" "$@"
}

# A first start takes two log files and the database. Data of an interrupted one takes it already.
has_room_to_join() {
  if has_room 160 || [ -d "$DATA_DIR/$record_generation" ]; then return 0; fi
  kube_error=
  log_wait "$DATA_DIR has $free_mib MiB left and a new member needs 160: $(more_room) (see $failures_doc#a-volume-that-cannot-be-written)"
  return 1
}

archive_data_of_others() {
  if ! still_this_pod; then
    log_stuck
    return
  fi
  worth=kept
  case $reason in
    removed) why="cluster $wanted_cluster does not list member $volume_member_id any more" worth=obsolete ;;
    unborn) why='etcd was stopped before its log held a member' worth=obsolete ;;
    superseded) why="the record is of generation $record_generation, and a quorum of it answers" ;;
    foreign)
      why="$(describe_foreign), and cluster $wanted_cluster has a quorum without it"
      [ "$volume_generation" != "$record_generation" ] || worth=obsolete
      ;;
  esac
  discard_staged
  if ! archive_volume "$worth"; then
    log_wait "archive: cannot move data to $archive: is the volume full or read-only? (see $failures_doc#a-volume-that-cannot-be-written)"
    return
  fi
  log "archive: the volume held generation $(found_generation), but $why: archived as $archive"
}

# Without the API server only one thing is ever done: a pod whose volume was verified starts as it is.
decide_offline() {
  own_holder=
  load_member || true
  holder_uid=$own_holder quorum=no peers='' record_voters='' wanted_cluster=
  inspect_volume
  if [ -n "$own_holder" ] && [ "$volume" = own ] && ! is_taken_over; then
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
  elif wait_is_due unwritable; then
    volume="unwritable"
    observe || true
    find_quorum "$record_clusterId"
    log_wait "$DATA_DIR cannot be written to: make it writable; $(way_back) (see $failures_doc#a-volume-that-cannot-be-written)"
  fi
  pause 1
done

# Asking the API server takes some 100 ms of a core, probing the other members almost nothing: so a pod that waits probes
# them in between, and goes on as soon as one is ready; or after 3 s, as a member without a quorum does not answer.
pause_before_next_round() {
  read_clock
  if [ "$peers_answer" = yes ] && [ $((now - began)) -lt 60 ]; then
    # A bootstrap member that serves writes to the record in a moment.
    [ "${reason:-}" = forming ] || pause 0.2
    return 0
  fi
  next_round=$((now + ${LOOK_INTERVAL:-3}))
  while [ "$now" -lt "$next_round" ]; do
    pause 0.1
    if [ "$peers_answer" = no ] && any_is_ready; then
      return 0
    fi
    read_clock
  done
}

read_clock
began=$now
peers='' peers_answer=no
while :; do
  next_step=decide_online
  observe || next_step=decide_offline
  [ -n "${image_version:-}" ] || read_image_version
  "$next_step" "$@"
  pause_before_next_round
done
