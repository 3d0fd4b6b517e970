#!/bin/sh
# Stands in front of the programs by which the chart's scripts change anything, in tests that ask what happens
# when a container is killed right after one. Every change that succeeded is a line of $EFFECTS/trace:
# `POD SCRIPT CHANGE`. When it is the line in $EFFECTS/target, the container dies, as of an OOM kill: once. There
# `*` stands for any pod, and `POD #N` for a pod's Nth change.
#
# Under a program's name it runs that program; applets of busybox, which its shell finds before PATH, come here
# by functions (see effects.ts). $EFFECT_SCRIPT is the script that runs.

# effect PROGRAM ARGS…: runs it and tells of it.
effect() {
  effect_code=0
  command "$@" || effect_code=$?
  [ "$effect_code" -ne 0 ] || effect_done "$*"
  return "$effect_code"
}

# The same for a filter, which changes something only where a file of the pod takes its output.
effect_if_kept() {
  effect_code=0
  command "$@" || effect_code=$?
  { effect_file=$(readlink /proc/self/fd/8); } 8>&1
  case $effect_file in
    "$RUN_DIR/${EFFECT_SCRIPT%.sh}"/*) ;;
    "$RUN_DIR"/* | "$DATA_DIR"/*) [ "$effect_code" -ne 0 ] || effect_done "$* > $effect_file" ;;
  esac
  return "$effect_code"
}

# What differs from run to run is left out, so that a step has one name.
effect_name() {
  printf '%s' "$*" | tr '\n' ' ' | sed -E \
    -e "s#$DATA_DIR#data#g; s#$RUN_DIR#run#g" \
    -e 's/ ?--(endpoints|dial-timeout|command-timeout|request-timeout)=[^ ]*//g' \
    -e 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/UUID/g; s/\b[0-9a-f]{16}\b/ID/g' \
    -e 's/\b[0-9]+-UUID/GENERATION/g; s/UUID( UUID)+/UUID/g; s/"resourceVersion":"[0-9]+"/"resourceVersion":"N"/g' \
    -e 's/[0-9]{8}T[0-9]{6}Z/TIME/g; s/127(\.[0-9]+){2}\.//g; s/  +/ /g'
}

effect_done() {
  effect_line="$POD_NAME $EFFECT_SCRIPT $(effect_name "$*")"
  printf '%s\n' "$effect_line" >>"$EFFECTS/trace"
  [ -f "$EFFECTS/target" ] || return 0
  effect_target=
  read -r effect_target <"$EFFECTS/target" || true
  # `mkdir` decides between two that come to it at the same time.
  if effect_is_target && command mkdir "$EFFECTS/struck" 2>/dev/null; then
    effect_kill
  fi
}

effect_is_target() {
  case $effect_target in
    "$effect_line" | "* ${effect_line#* }") return 0 ;;
    "$POD_NAME #"*) [ "$(grep -c "^$POD_NAME " "$EFFECTS/trace")" -ge "${effect_target#*#}" ] ;;
    *) return 1 ;;
  esac
}

effect_kill() {
  # A hook runs in the container of etcd, in a process group of its own.
  if [ "$EFFECT_SCRIPT" = leave.sh ]; then
    kill -9 -- "-$(sed -n 's/^pid //p' "$RUN_DIR/member")"
  fi
  kill -9 0
}

# etcd has steps of its own: each begins a state on the volume that a start must cope with.
effect_etcd() {
  for effect_flag; do
    case $effect_flag in --data-dir=*) effect_data=${effect_flag#*=} ;; esac
  done
  effect_kind="etcd $(printf '%s\n' "$@" | grep -E '^--(initial-cluster-state=.*|force-new-cluster)' | tr '\n' ' ')"
  effect_etcd_pid=$$
  # Not with the lock on the volume, which is etcd's.
  if ! effect_has_log; then effect_watch_etcd 9>&- & fi
  effect_done "${effect_kind}is about to run"
}

effect_has_log() {
  for effect_log in "$effect_data"/member/wal/*.wal; do
    [ ! -e "$effect_log" ] || return 0
  done
  return 1
}

effect_log_has_member() {
  head -c 65536 "$effect_log" | grep -q '"peerURLs"'
}

effect_watch_etcd() {
  effect_wait_for effect_has_log
  effect_done "${effect_kind}has a log"
  effect_wait_for effect_log_has_member
  effect_done "${effect_kind}has a log with its member"
  effect_wait_for wget -q -Y off -O /dev/null "http://${BIND_ADDRESS:-127.0.0.1}:2381/livez"
  effect_done "${effect_kind}serves"
}

effect_wait_for() {
  until "$@" 2>/dev/null; do
    kill -0 "$effect_etcd_pid" 2>/dev/null || exit 0
    usleep 2000
  done
}

# Loaded by a script's shell, there is nothing more to do.
case ${0##*/} in
  *.sh) return 0 ;;
esac

PATH=$EFFECTS_PROGRAMS
program=${0##*/}
verb=
for word; do
  case $word in
    -*) ;;
    *) verb="$verb $word" ;;
  esac
done
case "$program$verb " in
  # These only look.
  'kubectl get '* | 'etcdctl member list '* | 'etcdctl endpoint '* | 'etcdctl get '* | 'etcdutl snapshot status '*) exec "$program" "$@" ;;
  etcd*) [ "$*" != --version ] || exec "$program" "$@" ;;
esac
if [ "$program" = etcd ]; then
  effect_etcd "$@"
  exec etcd "$@"
fi
effect "$program" "$@"
