# Running etcd. Flags that are the same on every member come from the chart as arguments of start.sh.

told_to_stop=

# How many learners at a time a cluster may have that is founded now. It stays so for life: etcd asks when it
# applies an entry, and a log that is replayed under another limit (3.5 has 1, unchangeably) ends elsewhere.
learners_of_image() {
  if [ "$image_minor" = 3.5 ]; then echo 1; else echo 8; fi
}

# start_etcd GENERATION ARGS…: etcd as a child of this shell, because it could not be stopped from inside its container
# otherwise: the first process of a container takes no signal that it has no handler for, and etcd has none before it has a
# quorum. Fills etcd_pid.
start_etcd() {
  data=$DATA_DIR/$1
  shift
  [ "$image_minor" = 3.5 ] || set -- --max-learners="${learners:-8}" "$@"
  occupy_volume
  etcd --name="$POD_NAME" --data-dir="$data" \
    --listen-client-urls="$scheme://$bind:2379" \
    --listen-peer-urls="$scheme://$bind:2380" \
    --listen-metrics-urls="http://$bind:2381" \
    --advertise-client-urls="$(client_url "$ordinal")" \
    --initial-advertise-peer-urls="$(peer_url "$ordinal")" \
    "$@" &
  etcd_pid=$!
  trap 'told_to_stop=yes; kill -TERM $etcd_pid 2>/dev/null' TERM INT
}

# Waits for etcd's end, also when a signal wakes this shell before that. Fills etcd_code.
watch_etcd() {
  heed_stop_request 9>&- &
  heeding=$!
  etcd_code=0
  wait "$etcd_pid" || etcd_code=$?
  while kill -0 "$etcd_pid" 2>/dev/null; do
    etcd_code=0
    wait "$etcd_pid" || etcd_code=$?
  done
  kill "$heeding" 2>/dev/null || true
}

# The keeper cannot signal a process of another container: it leaves a file.
heed_stop_request() {
  trap - TERM INT
  asked=0
  while sleep 1; do
    if is_taken_over; then
      log "stop: pod $occupant has this name now and took over $DATA_DIR: etcd is killed here"
      kill -KILL "$etcd_pid" 2>/dev/null
      return 0
    fi
    [ -e "$stop_request" ] || continue
    asked=$((asked + 1))
    signal=TERM
    [ "$asked" -le 20 ] || signal=KILL
    kill -"$signal" "$etcd_pid" 2>/dev/null || return 0
  done
}

# To be told to stop is no failure.
end_if_told() {
  [ -z "$told_to_stop" ] && [ ! -e "$stop_request" ] || exit 0
}

# The container ends as etcd did.
end_with_etcd() {
  end_if_told
  exit "$etcd_code"
}

# run_etcd GENERATION ARGS…
run_etcd() {
  start_etcd "$@"
  watch_etcd
  end_with_etcd
}

# The flag that has etcd start without comparing its data with the others'. Members that start at the same moment
# would wait 7 s for each other, as none answers before it is through; without a quorum that is all they would do.
uncompared() {
  if [ "$image_minor" = 3.5 ]; then
    echo --experimental-initial-corrupt-check=false
  else
    echo --feature-gates=InitialCorruptCheck=false
  fi
}

launch_founder() {
  run_etcd "$generation" --initial-cluster-state=new --initial-cluster-token="$generation" \
    --initial-cluster="$POD_NAME=$(peer_url 0)" "$@"
}

# etcd's first start asks every listed member for its version, and answers no one before it is through: two that start at the
# same moment stand still for 7 s. So a joiner lets the lower ordinals that are listed start before it, and waits for no more
# than 5 s, because such a pod may be gone.
another_starts() {
  read_clock
  starting=$(awk -v own="$ordinal" '$2 != "-" && $2 + 0 < own + 0 && $3 == "unstarted" { print $2; exit }' "$members_file")
  [ -n "$starting" ] && [ $((now_ms - turn_since)) -lt 5000 ] || return 1
  log_once "join: $STATEFULSET-$starting is about to start as well: etcd starts here once it has"
}

# etcd stops when another member was added between its peers' list and its own --initial-cluster, so its
# first start is tried again. Once there is a log, those flags mean nothing any more.
launch_joiner() {
  read_clock
  tries=0 turn_since=$now_ms
  while [ -z "$told_to_stop" ] && read_members "$quorum_url" && [ -n "$(member_with 1 "$member_id")" ] && [ "$tries" -lt 10 ]; do
    if another_starts; then
      pause 0.1
      continue
    fi
    members=$(initial_cluster "$member_id")
    archive_unstarted "$generation"
    start_etcd "$generation" --initial-cluster-state=existing --initial-cluster-token="$generation" \
      --initial-cluster="$members" "$@"
    watch_etcd
    end_if_told
    if has_log "$DATA_DIR/$generation"; then end_with_etcd; fi
    log "join: etcd stopped (exit code $etcd_code) before it wrote a log: listing the members again"
    tries=$((tries + 1))
    pause 0.1
  done
  end_if_told
  log "join: etcd did not start as $member_id: deciding again"
  exit 1
}
