# Pods that are deleted together, or within seconds, stop one after the other. Kubernetes 1.37 deletes every pod of a rolling
# update at once that it does not count as available, and a member that became ready a moment ago is one.

# Waits, serving, until the cluster has a quorum without this member, the time is over, or a restart is not wanted any more: a
# namespace that is deleted loses its pods before its StatefulSet.
await_turn() {
  quorumless_since=
  until is_my_turn; do
    if expired; then
      log "stop: the others did not come back in time: stopping nevertheless"
      return 0
    fi
    if own_is_ready || has_own_quorum; then
      quorumless_since=
      log_wait "the cluster would lose its quorum without $POD_NAME now: stopping when enough of the others are ready"
    elif read_clock && [ $((now - ${quorumless_since:=$now})) -ge 10 ]; then
      log "stop: there is no quorum to keep"
      return 0
    fi
    pause 0.5
    ask_what_is_wanted
    [ "$wanted" = restart ] || return 0
  done
}

# Would the members that stay be a quorum, or all others where no quorum can do without this one? A member that comes back on
# an empty volume is off the list for a moment, but still on the record.
is_my_turn() {
  read_members "$(own_client_url)" || return 1
  read_leaving || return 1
  staying='' voters=
  for voter in $record_voters; do
    case $voter in */learner) ;; *) voters="$voters $voter" ;; esac
  done
  while read -r id owner _ role _; do
    [ "$role" = voter ] || continue
    if [ "$owner" = - ]; then voters="$voters $id"; continue; fi
    case " $voters " in *" $STATEFULSET-$owner "*) ;; *) voters="$voters $STATEFULSET-$owner" ;; esac
    [ "$owner" != "$ordinal" ] || continue
    case $leaving in *" $STATEFULSET-$owner "*) ;; *) staying="$staying $owner" ;; esac
  done <"$members_file"
  # shellcheck disable=SC2086 # $staying is several words
  healthy_among $staying
  # shellcheck disable=SC2086 # $voters is several words
  set -- $voters
  needed=$(($# / 2 + 1))
  [ "$needed" -lt $# ] || needed=$(($# - 1))
  [ "$(echo "$healthy" | wc -w)" -ge "$needed" ]
}

# Fills leaving: the pods that are being deleted and go before this one. A pod that was deleted earlier goes first, also where
# its etcd still answers while it stops; of those deleted in the same second the highest ordinal does.
read_leaving() {
  read_set || return 1
  leaving=" $(awk -v own="$ordinal" -v set="$STATEFULSET" '
    $4 != "kept" { since[$2] = $4 }
    END {
      mine = own in since ? since[own] : "never"
      for (other in since)
        if (since[other] < mine || since[other] == mine && other + 0 > own + 0) printf "%s-%s ", set, other
    }' "$set_pods")"
}
