# Pods that are deleted together stop one after the other. Kubernetes 1.37 deletes every pod of a rolling
# update at once that it does not count as available, and a member that became ready a moment ago is one.

# Waits, serving, until the cluster has a quorum without this member, the time is over, or a restart is not
# what is wanted any more: a namespace that is deleted loses its pods before its StatefulSet.
await_turn() {
  unready_since=
  until is_my_turn; do
    if expired; then
      log "stop: the others did not come back in time: stopping all the same"
      return 0
    fi
    if own_is_ready; then
      unready_since=
      log_wait "the cluster would lose its quorum without $POD_NAME now: stopping when enough of the others are ready"
    elif [ $(($(date +%s) - ${unready_since:=$(date +%s)})) -ge 10 ]; then
      log "stop: there is no quorum to keep"
      return 0
    fi
    pause 0.5
    ask_what_is_wanted
    [ "$wanted" = restart ] || return 0
  done
}

# Would the members that stay be a quorum, or all others where no quorum can do without this one? A member
# that comes back on an empty volume is off the list for a moment, so the set's size counts as well.
is_my_turn() {
  read_members "$(own_client_url)" || return 1
  read_leaving || return 1
  voters=0 staying=0
  while read -r _ owner _ role _ _; do
    [ "$role" = voter ] || continue
    voters=$((voters + 1))
    if [ "$owner" != - ] && [ "$owner" != "$ordinal" ]; then
      case $leaving in
        *" $STATEFULSET-$owner "*) ;;
        *) ! is_ready "$owner" || staying=$((staying + 1)) ;;
      esac
    fi
  done <"$members_file"
  [ "$voters" -ge "$replicas" ] || voters=$replicas
  needed=$((voters / 2 + 1))
  [ "$needed" -lt "$voters" ] || needed=$((voters - 1))
  [ "$staying" -ge "$needed" ]
}

# Fills leaving: the pods of higher ordinals that are being deleted. They go first.
read_leaving() {
  higher='' leaving=' ' next=$((ordinal + 1))
  while [ "$next" -lt "$replicas" ]; do
    higher="$higher $STATEFULSET-$next"
    next=$((next + 1))
  done
  [ -n "$higher" ] || return 0
  # Two names at least, so that kubectl always prints a list.
  # shellcheck disable=SC2086 # $higher is several words
  leaving=" $(kube get pod "$POD_NAME" $higher --ignore-not-found \
    -o go-template='{{range .items}}{{if .metadata.deletionTimestamp}}{{.metadata.name}} {{end}}{{end}}')" || return 1
}
