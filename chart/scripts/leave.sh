#!/bin/sh
# The preStop hook: a restart changes nothing but who leads; a pod that the StatefulSet no longer wants takes its member out of
# the list first. Its log lines go to the container's log.
set -eu
scripts=$(dirname "$0")
for part in time log settings endpoints kubernetes witness record members peers member-file leadership record-voters tidy turn; do
  . "$scripts/$part.sh"
done

load_member || exit 0
# etcd serves its clients meanwhile: it gets the processor first.
renice -n 10 -p $$ >/dev/null 2>&1 || true
if [ -w "/proc/$own_pid/fd/2" ]; then
  exec 2>>"/proc/$own_pid/fd/2"
fi
read_clock
deadline=$((now + GRACE_PERIOD_SECONDS - 20))

expired() {
  read_clock
  [ "$now" -ge "$deadline" ]
}

# Fills wanted: leave; restart; hand-over, a restart of which it is not known what it must not coincide with; or stop, when all
# members stop and no one is left to lead.
ask_what_is_wanted() {
  wanted=hand-over
  until observe; do
    if kube_refused; then
      log "stop: the API server refuses ($kube_error): treated as a restart, member $own_member_id stays"
      return 0
    fi
    if expired; then
      log "stop: the API server does not answer ($kube_error): treated as a restart, member $own_member_id stays"
      return 0
    fi
    pause 1
  done
  wanted=stop
  if [ -n "$replicas" ] && [ -z "$set_deleting" ] && [ "$replicas" -gt 0 ] && [ "$pod_uid" = "$POD_UID" ]; then
    wanted=restart
    [ "$ordinal" -lt "$replicas" ] || wanted=leave
  fi
}

restart() {
  if read_members "$(own_client_url)"; then hand_over stop; fi
  log "stop: a restart, member $own_member_id stays"
}

# Until another member confirms that this one is gone. Its removal is asked of the others; where none of them can be asked, of
# this pod's own etcd, which ends when it is removed.
leave() {
  until expired; do
    find_quorum "$own_cluster_id"
    if [ "$quorum" = no ] && has_own_quorum; then
      log_once "leave: the others cannot be asked (${unreached:-no quorum}), but $POD_NAME has a quorum: it is removed through its own etcd"
      quorum=yes quorum_url=$(own_client_url)
    fi
    if [ "$quorum" = no ]; then
      log_wait "no quorum answers${unreached:+ ($unreached)}: $POD_NAME cannot leave"
    elif [ -z "$(member_with 1 "$own_member_id")" ]; then
      log "leave: $POD_NAME ($own_member_id) is out of the member list"
      return 0
    else
      remove_dead_members leave
      hand_over leave
      if member_change remove "$own_member_id"; then
        log "leave: the StatefulSet wants $replicas replicas: removed $POD_NAME ($own_member_id)"
        forget_voter "$POD_NAME"
        continue
      fi
      log_wait "etcd does not remove $POD_NAME yet ($(refusal))"
    fi
    pause 0.5
  done
  log "leave: not done in time: $POD_NAME ($own_member_id) stays listed until the leader's keeper removes it"
}

ask_what_is_wanted
[ "$wanted" != restart ] || await_turn
case $wanted in
  restart | hand-over) restart ;;
  leave) leave ;;
  stop) log "stop: member $own_member_id stays" ;;
esac
