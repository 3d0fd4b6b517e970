#!/bin/sh
# The keeper container: promotes this pod's learner, keeps the cluster record true, and tidies the member list where its
# member leads. It needs no volume, and nothing is lost while it is not running.
set -eu
scripts=$(dirname "$0")
for part in time log settings endpoints kubernetes shared write-ahead-log witness record members peers member-file leadership record-voters promote tidy advice restore restore-keeper; do
  . "$scripts/$part.sh"
done

# kubectl takes 80 ms of a core, a probe 2 ms: in a healthy cluster the API server is asked seldom, and whenever a probe finds
# a member that is not ready.
upkeep_interval=${UPKEEP_INTERVAL:-60}
probe_interval=10
next_upkeep=0 next_probe=0
known_member=

# The record; its voters, written by their leader and by a member that has just become ready; and where this member leads,
# the member list.
upkeep() {
  if [ "$settled" = no ] && [ "$own_role" = founder ]; then write_formed; fi
  observe || return 0
  [ "$pod_uid" = "$POD_UID" ] && [ -n "$holder_uid" ] || return 0
  ! heed_restore || return 0
  keep_record
  read_own_status || return 0
  if [ "$own_is_leader" = yes ] || [ "$settled" = no ]; then
    quorum_url=$(own_client_url)
    read_members "$quorum_url" || return 0
    record_listed_voters || true
  fi
  if [ "$own_is_leader" = yes ] && [ "${replicas:-0}" -gt 0 ] && [ -z "$set_deleting" ]; then
    remove_dead_members tidy
  fi
}

keep_record() {
  if [ -z "$record_uid" ]; then
    has_own_quorum || return 0
    voters=$(listed_voters)
    if record_create formed "$own_generation" "$own_cluster_id" "$(cluster_version)" "$own_learners" ",\"restored\":\"$own_restored\""; then
      log "record: $RECORD was missing while cluster $own_cluster_id serves: written again for generation $own_generation"
    fi
  elif [ "$record_generation" != "$own_generation" ]; then
    log_wait "this member serves generation $own_generation but the record is of $record_generation (see $failures_doc#two-generations)"
  elif [ "$record_phase" = forming ] && [ "$record_founder" = "$(holder_id)" ]; then
    write_formed
  else
    case " $record_owners " in
      *" $holder_uid "*) ;;
      *) record_own || true ;;
    esac
  fi
}

# Everyone waits for this. The patch applies only to a record that is forming this generation, so it needs no observation.
write_formed() {
  if record_formed "$own_generation"; then
    log "found: cluster $own_cluster_id serves: the record is formed"
  fi
}

# A member without a quorum serves no one, and may be the source of a restore.
work_without_quorum() {
  if ! observe; then
    log_wait "this member has no quorum, and the API server does not answer ($kube_error)"
    return
  fi
  if [ "$pod_uid" = "$POD_UID" ] && [ -n "$holder_uid" ] && heed_restore; then return; fi
  if [ "$own_is_learner" = no ] && wait_is_due no-quorum; then
    list_peers
    # shellcheck disable=SC2086 # $peers is several words
    ask_members $peers
    log_wait "this member has no quorum, which takes a majority of the voters $record_voters${unreached:+ ($unreached)}; $(without_quorum) (see $failures_doc#no-quorum)"
  fi
}

# /readyz fails on every member while a CORRUPT alarm is raised on one, although the quorum lives.
report_alarms() {
  wait_is_due alarms || return 0
  etcdctl_at "$(own_client_url)" alarm list >"$scratch/alarms" 2>&1 || return 0
  grep CORRUPT "$scratch/alarms" >"$scratch/corrupt" || return 0
  bad_ids='' bad=
  while read -r alarm; do
    bad_id=$(echo "$alarm" | sed -n 's/.*memberID:\([0-9][0-9]*\).*/\1/p')
    bad_id=$(hex_id "${bad_id:-0}")
    bad=$(column 2 "$(member_with 1 "$bad_id")")
    bad_ids="$bad_ids $bad_id${bad:+ ($STATEFULSET-$bad)}"
  done <"$scratch/corrupt"
  # etcd names member 0, or several, where it cannot know which of them is wrong.
  remedy='it is not known which member is right: keep every volume, and compare before you replace any'
  if [ "$(wc -l <"$scratch/corrupt")" -eq 1 ]; then
    case $bad in
      '' | -) ;;
      *) ! others_are_healthy "$bad_id" || remedy="its data differs from the others', so give it a new volume: $(new_volume "$bad"), and when it is a voter again: kubectl -n $POD_NAMESPACE exec $POD_NAME -c etcd -- etcdctl alarm disarm" ;;
    esac
  fi
  log_wait "the alarm CORRUPT is raised for member$bad_ids: etcd refuses reads and writes until it is disarmed; the quorum lives, and no restore is needed; $remedy (see $failures_doc#a-corrupt-member)"
}

tick() {
  read_clock
  if [ "$known_member" != "$own_member_id" ]; then
    known_member=$own_member_id known_since=$now learner_since='' settled=no quorumless_since='' next_upkeep=0 next_probe=0
    # etcd takes a moment to start; what a promotion needs of others is asked meanwhile.
    if [ "$own_role" = joiner ]; then prepare_promotion || true; fi
  fi
  # etcd's start removes the file.
  if [ "$settled" = yes ] && [ -e "$ready_file" ] && [ "$now" -lt "$next_probe" ]; then return 0; fi
  next_probe=$((now + probe_interval))
  if own_is_ready; then
    : >"$ready_file"
    work_with_quorum
  elif own_answers; then
    settled=no
    quorumless_since=${quorumless_since:-$now}
    if read_own_status && [ "$own_is_learner" = yes ]; then promote; fi
    [ $((now - quorumless_since)) -ge "$patience" ] || return 0
    if [ "$own_is_learner" = no ] && has_own_quorum; then
      report_alarms
      work_with_quorum
    else
      own_quorum=no
      work_without_quorum
    fi
  fi
}

work_with_quorum() {
  own_quorum=yes quorumless_since=
  if [ "$settled" = no ] || [ "$now" -ge "$next_upkeep" ] || ! all_are_ready; then
    record_uid='' record_phase=''
    upkeep
    settled=no
    if [ -n "$record_uid" ] && [ "$record_phase" = formed ]; then settled=yes; fi
    next_upkeep=$((now + upkeep_interval))
  fi
}

# Of the voters and the members that the StatefulSet wants.
all_are_ready() {
  list_peers
  for peer in $peers; do
    is_ready "$peer" || return 1
  done
}

trap 'exit 0' TERM INT
while :; do
  interval=0.2
  if load_member; then
    interval=0.1
    tick
    # Often while this member is on its way in, then seldom: each probe takes some milliseconds of a core.
    if [ "$settled" = yes ] || [ $((now - known_since)) -gt 30 ]; then interval=2; fi
  fi
  pause "$interval"
done
