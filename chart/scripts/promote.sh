# A learner becomes a voter when etcd agrees that it is in sync.

# Several learners may be added while there is one voter; with two, etcd makes each further one wait for 5 s of health. So a
# learner holds back while a wanted member is not even listed, for 10 s at most.
promote() {
  read_clock
  learner_since=${learner_since:-$now}
  # The API server is asked seldom, etcd often: only etcd knows when the learner is in sync.
  if [ $((now - ${promotion_observed:-0})) -ge 2 ]; then
    prepare_promotion || return 0
  else
    consult "$own_cluster_id"
  fi
  if [ "$ordinal" -ge "${replicas:-0}" ]; then
    log_wait "the StatefulSet wants ${replicas:-0} replicas: learner $POD_NAME is not promoted"
    return 0
  fi
  if [ "$quorum" = no ]; then consult_surely "$own_cluster_id"; fi
  if [ "$quorum" = no ]; then
    log_wait "no quorum answers that could promote this learner${unreached:+ ($unreached)}"
    return 0
  fi
  if [ $((now - learner_since)) -lt 10 ] && ! everyone_is_listed; then
    return 0
  fi
  # A member that wakes without a quorum must know whom to wake.
  name_voter || { promotion_observed=; return 0; }
  if member_change promote "$own_member_id"; then
    log "promote: $POD_NAME ($own_member_id) is in sync and a voter now"
  else
    log_wait "learner $POD_NAME is not promoted yet ($(refusal)) (see $failures_doc#etcd-says-not-yet)"
  fi
}

# What a promotion needs to know of the others, and what they need to know of it.
prepare_promotion() {
  observe || { log_wait "the API server does not answer ($kube_error)"; return 1; }
  promotion_observed=$now
  list_peers
  consult "$own_cluster_id"
  [ "$quorum" = no ] || name_voter
}

everyone_is_listed() {
  wanted=0
  while [ "$wanted" -lt "$replicas" ]; do
    [ -n "$(member_with 2 "$wanted")" ] || return 1
    wanted=$((wanted + 1))
  done
}
