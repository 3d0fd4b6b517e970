# Pods that are deleted together, or within seconds, stop one after the other. Kubernetes 1.37 deletes every pod of
# a rolling update at once that it does not count as available, and a member that became ready a moment ago is one.

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

# Fills leaving: the pods that are being deleted and go before this one. Who was deleted earlier goes first, also
# where its etcd still answers while it stops; of those deleted in the same second the highest ordinal does.
read_leaving() {
  others='' leaving=' ' other=0
  while [ "$other" -lt "$replicas" ]; do
    [ "$other" -eq "$ordinal" ] || others="$others $STATEFULSET-$other"
    other=$((other + 1))
  done
  [ -n "$others" ] || return 0
  # Two names at least, so that kubectl always prints a list.
  # shellcheck disable=SC2086 # $others is several words
  kube get pod "$POD_NAME" $others --ignore-not-found \
    -o go-template='{{range .items}}{{$m := .metadata}}{{with $m.deletionTimestamp}}{{$m.name}} {{.}}
{{end}}{{end}}' >"$scratch/leaving" || return 1
  leaving=" $(awk -v own="$POD_NAME" -v ordinal="$ordinal" '
    { since[$1] = $2 }
    END {
      mine = own in since ? since[own] : "never"
      for (name in since) {
        other = name
        sub(/.*-/, "", other)
        if (since[name] < mine || since[name] == mine && other + 0 > ordinal + 0) printf "%s ", name
      }
    }' "$scratch/leaving")"
}
