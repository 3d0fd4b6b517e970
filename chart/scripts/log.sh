# What `kubectl logs` shows: one line for each decision, one for each wait.

failures_doc=docs/failures.md

log() {
  printf '%s\n' "$*" >&2
}

# Logs a decision that is retried only when it changes.
log_once() {
  [ "$*" = "${last_decision:-}" ] || log "$*"
  last_decision=$*
}

# wait_is_due REASON: is the reason new, or the last wait 30 s old? Asked before a line that takes effort to compose.
wait_is_due() {
  read_clock
  [ "$1" != "${last_reason:-}" ] || [ $((now - last_wait_at)) -ge "$wait_interval" ] || return 1
  last_reason=$1 last_wait=
}

# Logs what this pod waits for: when the line is new, then every 30 s.
log_wait() {
  read_clock
  if [ "$*" != "${last_wait:-}" ] || [ $((now - last_wait_at)) -ge "$wait_interval" ]; then
    log "wait: $*"
    last_wait=$*
    last_wait_at=$now
  fi
}

# Sleeps so that TERM ends it immediately: a shell that sleeps in the foreground would sit out the grace period.
pause() {
  sleep "$1" &
  wait $! || true
}
