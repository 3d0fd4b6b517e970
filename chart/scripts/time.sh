# Durations by the node's monotonic clock, because the wall clock can be set.

# read_clock: fills now (seconds) and now_ms (milliseconds) since the node started.
read_clock() {
  read -r uptime _ </proc/uptime
  now=${uptime%.*} now_ms=${uptime%.*}${uptime#*.}0
}
