#!/bin/sh
# The preStop hook: a restart changes nothing but who leads; a pod that the StatefulSet no longer wants
# takes its member out of the list first. What it logs goes to the container's log.
set -eu
scripts=$(dirname "$0")
for part in log settings endpoints kubernetes members member-file leadership tidy turn; do
  . "$scripts/$part.sh"
done

load_member || exit 0
# etcd serves its clients meanwhile: it gets the processor first.
renice -n 10 -p $$ >/dev/null 2>&1 || true
if [ -w "/proc/$own_pid/fd/2" ]; then
  exec 2>>"/proc/$own_pid/fd/2"
fi
deadline=$(($(date +%s) + GRACE_PERIOD_SECONDS - 20))

expired() {
  [ "$(date +%s)" -ge "$deadline" ]
}

# Fills wanted: leave; restart; hand-over, a restart of which nobody can say whom it must not coincide with;
# or stop, when all members stop and nobody is left to lead.
ask_what_is_wanted() {
  wanted=hand-over
  until observe; do
    if kube_refused; then
      log "stop: the API server refuses ($kube_error): taken for a restart, member $own_member_id stays"
      return 0
    fi
    if expired; then
      log "stop: the API server does not answer ($kube_error): taken for a restart, member $own_member_id stays"
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

# Until another member confirms that this one is gone. Its removal is asked of the members that stay.
leave() {
  until expired; do
    consult "$own_cluster_id"
    if [ "$quorum" = no ]; then
      log_wait "no quorum among the members that stay: $POD_NAME cannot leave"
    elif [ -z "$(member_with 1 "$own_member_id")" ]; then
      log "leave: $POD_NAME ($own_member_id) is out of the member list"
      return 0
    else
      remove_dead_members leave
      hand_over leave
      if member_change remove "$own_member_id"; then
        log "leave: the StatefulSet wants $replicas replicas: removed $POD_NAME ($own_member_id)"
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
