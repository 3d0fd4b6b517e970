#!/bin/sh
# The keeper container: promotes this pod's learner, keeps the cluster record true, and tidies the member
# list where its member leads. It needs no volume, and nothing is lost when it is not running.
set -eu
scripts=$(dirname "$0")
for part in log settings endpoints kubernetes record members member-file leadership promote tidy; do
  . "$scripts/$part.sh"
done

upkeep_interval=10
next_upkeep=0
known_member=

# The record, and where this member leads, the list and the version.
upkeep() {
  observe || return 0
  [ "$pod_uid" = "$POD_UID" ] && [ -n "$holder_uid" ] || return 0
  keep_record
  if [ -n "$replicas" ] && [ "$replicas" -gt 0 ] && [ -z "$set_deleting" ] &&
    read_own_status && [ "$own_is_leader" = yes ]; then
    record_cluster_version
    quorum_url=$(own_client_url)
    if read_members "$quorum_url"; then remove_dead_members tidy; fi
  fi
}

keep_record() {
  if [ -z "$record_uid" ]; then
    if record_create formed "$own_generation" "$own_cluster_id" "$(cluster_version)"; then
      log "record: $RECORD was missing while cluster $own_cluster_id serves: written again for generation $own_generation"
    fi
  elif [ "$record_generation" != "$own_generation" ]; then
    log_wait "this member serves generation $own_generation but the record says $record_generation (see $failures_doc#two-generations)"
  elif [ "$record_phase" = forming ] && [ "$record_founder" = "$holder_uid" ]; then
    if record_formed "$own_generation"; then
      log "found: cluster $own_cluster_id serves: the record says formed"
    fi
  else
    case " $record_owners " in
      *" $holder_uid "*) ;;
      *) record_own || true ;;
    esac
  fi
}

# The version all members have agreed on, e.g. 3.7; nothing before they have.
cluster_version() {
  http_get /metrics "$loopback" | sed -n 's/^etcd_cluster_version{cluster_version="\([0-9]*\.[0-9]*\)"} 1$/\1/p'
}

record_cluster_version() {
  version=$(cluster_version)
  # 3.0 is what a cluster says before its members have agreed.
  if [ -n "$record_uid" ] && [ -n "$version" ] && [ "$version" != 3.0 ] && [ "$version" != "$record_etcdVersion" ]; then
    record_version "$own_generation" "$version" || true
  fi
}

# Members that a quorum needs may be beyond `replicas`: after waking fewer pods than slept, say.
explain_no_quorum() {
  # etcd 3.5 tells its members to a quorum only.
  read_members "$(own_client_url)" --consistency=s || : >"$members_file"
  missing='' highest=0
  while read -r _ owner _ role _ _; do
    if [ "$role" = voter ] && [ "$owner" != - ] && [ "$owner" != "$ordinal" ] && ! answers "$owner"; then
      missing="$missing $STATEFULSET-$owner"
      [ "$owner" -le "$highest" ] || highest=$owner
    fi
  done <"$members_file"
  hint="see $failures_doc#no-quorum"
  if observe && [ -n "$replicas" ] && [ "$highest" -ge "$replicas" ]; then
    hint="kubectl -n $POD_NAMESPACE scale statefulset $STATEFULSET --replicas=$((highest + 1))"
  fi
  log_wait "this member has no quorum; it needs a majority of its voters and these do not answer:${missing:- not known} ($hint)"
}

tick() {
  now=$(date +%s)
  if [ "$known_member" != "$own_member_id" ]; then
    known_member=$own_member_id known_since=$now learner_since='' settled=no unready_since=''
  fi
  if own_is_ready; then
    unready_since=''
    if [ "$settled" = no ] || [ "$now" -ge "$next_upkeep" ]; then
      record_uid='' record_phase=''
      upkeep
      settled=no
      if [ -n "$record_uid" ] && [ "$record_phase" = formed ]; then settled=yes; fi
      next_upkeep=$((now + upkeep_interval))
    fi
  elif read_own_status; then
    settled=no
    unready_since=${unready_since:-$now}
    if [ "$own_is_learner" = yes ]; then
      promote
    elif [ $((now - unready_since)) -ge 15 ]; then
      explain_no_quorum
    fi
  fi
}

trap 'exit 0' TERM INT
while :; do
  interval=0.3
  if load_member; then
    tick
    # Quick while this member is on its way in, then seldom: each look costs some milliseconds of a core.
    if [ "$settled" = yes ] || [ $((now - known_since)) -gt 30 ]; then interval=2; fi
  fi
  pause "$interval"
done
