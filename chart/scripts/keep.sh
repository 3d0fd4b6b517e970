#!/bin/sh
# The keeper container: promotes this pod's learner, keeps the cluster record true, and tidies the member
# list where its member leads. It needs no volume, and nothing is lost when it is not running.
set -eu
scripts=$(dirname "$0")
for part in log settings endpoints kubernetes record members member-file leadership listed promote tidy request phases heed; do
  . "$scripts/$part.sh"
done

upkeep_interval=${UPKEEP_INTERVAL:-10}
next_upkeep=0
known_member=

# The record; what it says of the members, from their leader and from whoever has just become ready; and
# where this member leads, the list.
upkeep() {
  if [ "$settled" = no ] && [ "$own_role" = founder ]; then say_formed; fi
  observe || return 0
  [ "$pod_uid" = "$POD_UID" ] && [ -n "$holder_uid" ] || return 0
  ! heed_restore || return 0
  keep_record
  read_own_status || return 0
  if [ "$own_is_leader" = yes ] || [ "$settled" = no ]; then
    quorum_url=$(own_client_url)
    read_members "$quorum_url" || return 0
    record_what_is_listed || true
  fi
  if [ "$own_is_leader" = yes ] && [ "${replicas:-0}" -gt 0 ] && [ -z "$set_deleting" ]; then
    remove_dead_members tidy
  fi
}

keep_record() {
  if [ -z "$record_uid" ]; then
    if record_create formed "$own_generation" "$own_cluster_id" "$(cluster_version)" "$own_learners" ",\"restored\":\"$own_restored\""; then
      log "record: $RECORD was missing while cluster $own_cluster_id serves: written again for generation $own_generation"
    fi
  elif [ "$record_generation" != "$own_generation" ]; then
    log_wait "this member serves generation $own_generation but the record says $record_generation (see $failures_doc#two-generations)"
  elif [ "$record_phase" = forming ] && [ "$record_founder" = "$(holder_id)" ]; then
    say_formed
  else
    case " $record_owners " in
      *" $holder_uid "*) ;;
      *) record_own || true ;;
    esac
  fi
}

# Everybody waits for this. The patch applies only to a record that says `forming` of this generation, so the
# founder does not ask what it says first.
say_formed() {
  if record_formed "$own_generation"; then
    log "found: cluster $own_cluster_id serves: the record says formed"
  fi
}

# Members that a quorum needs may be beyond `replicas`: after waking fewer pods than slept, say. etcd tells
# its members to a quorum only, so their names are the record's.
explain_no_quorum() {
  missing='' needed=0
  for member in $record_members; do
    if [ "$member" != "$POD_NAME" ] && ! answers "${member##*-}"; then
      missing="$missing $member"
      [ "${member##*-}" -lt "$needed" ] || needed=$((${member##*-} + 1))
    fi
  done
  hint="when they are lost for good: $(restore_command); see $failures_doc#no-quorum"
  if [ -n "$replicas" ] && [ "$needed" -gt "$replicas" ]; then
    hint="kubectl -n $POD_NAMESPACE scale statefulset $STATEFULSET --replicas=$needed"
  fi
  log_wait "this member has no quorum; it needs a majority of its voters and these do not answer:${missing:- not known} ($hint)"
}

# A member without a quorum serves nobody, and may be what a restore is made of.
look_without_quorum() {
  if observe && [ "$pod_uid" = "$POD_UID" ] && [ -n "$holder_uid" ] && heed_restore; then
    return 0
  fi
  [ "$own_is_learner" = yes ] || explain_no_quorum
}

tick() {
  now=$(date +%s)
  if [ "$known_member" != "$own_member_id" ]; then
    known_member=$own_member_id known_since=$now learner_since='' settled=no unready_since=''
    # etcd takes a moment to start; what a promotion needs of others is asked meanwhile.
    if [ "$own_role" = joiner ]; then prepare_promotion || true; fi
  fi
  if own_is_ready; then
    : >"$ready_file"
    unready_since=''
    if [ "$settled" = no ] || [ "$now" -ge "$next_upkeep" ]; then
      record_uid='' record_phase=''
      upkeep
      settled=no
      if [ -n "$record_uid" ] && [ "$record_phase" = formed ]; then settled=yes; fi
      next_upkeep=$((now + upkeep_interval))
    fi
  elif answers "$ordinal"; then
    settled=no
    unready_since=${unready_since:-$now}
    if read_own_status && [ "$own_is_learner" = yes ]; then promote; fi
    if [ $((now - unready_since)) -ge "$patience" ]; then look_without_quorum; fi
  fi
}

trap 'exit 0' TERM INT
while :; do
  interval=0.2
  if load_member; then
    interval=0.1
    tick
    # Quick while this member is on its way in, then seldom: each look costs some milliseconds of a core.
    if [ "$settled" = yes ] || [ $((now - known_since)) -gt 30 ]; then interval=2; fi
  fi
  pause "$interval"
done
