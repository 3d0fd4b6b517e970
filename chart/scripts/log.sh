# What a person reads with `kubectl logs`: one line for every decision, one for every wait.

failures_doc=docs/failures.md

log() {
  printf '%s\n' "$*" >&2
}

# A decision that is tried again and again is said once.
log_once() {
  [ "$*" = "${last_decision:-}" ] || log "$*"
  last_decision=$*
}

# Says what this pod waits for: at once when the reason is new, then again every 30 s.
log_wait() {
  now=$(date +%s)
  if [ "$*" != "${last_wait:-}" ] || [ $((now - last_wait_at)) -ge 30 ]; then
    log "wait: $*"
    last_wait=$*
    last_wait_at=$now
  fi
}

# Sleeps so that TERM ends it at once: a shell that sleeps in the foreground would sit out the grace period.
pause() {
  sleep "$1" &
  wait $! || true
}

# Milliseconds since the machine started, by its clock that nobody sets.
uptime_ms() {
  read -r uptime _ </proc/uptime
  echo "${uptime%.*}${uptime#*.}0"
}
