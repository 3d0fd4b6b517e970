# Starting etcd. Flags that are alike on every member come from the chart as this script's arguments.

# How many learners at a time a cluster may have that is founded now. It stays so for life: etcd asks when it
# applies an entry, and a log that is replayed under another limit (3.5 has 1, unchangeably) ends elsewhere.
learners_of_image() {
  if [ "$image_minor" = 3.5 ]; then echo 1; else echo 8; fi
}

# run_etcd GENERATION ARGS…: etcd in place of this shell, so that signals reach it directly.
run_etcd() {
  data=$DATA_DIR/$1
  shift
  [ "$image_minor" = 3.5 ] || set -- --max-learners="${learners:-8}" "$@"
  exec etcd --name="$POD_NAME" --data-dir="$data" \
    --listen-client-urls="$scheme://$bind:2379" \
    --listen-peer-urls="$scheme://$bind:2380" \
    --listen-metrics-urls="http://$bind:2381" \
    --advertise-client-urls="$(client_url "$ordinal")" \
    --initial-advertise-peer-urls="$(peer_url "$ordinal")" \
    "$@"
}

launch_founder() {
  run_etcd "$generation" --initial-cluster-state=new --initial-cluster-token="$generation" \
    --initial-cluster="$POD_NAME=$(peer_url 0)" "$@"
}

# etcd stops when another member was added between its peers' list and its own --initial-cluster, so its
# first start is watched and tried again. Once there is a log, those flags mean nothing any more.
launch_joiner() {
  tries=0 told_to_stop=''
  while read_members "$quorum_url" && [ -n "$(member_with 1 "$member_id")" ] && [ "$tries" -lt 10 ]; do
    members=$(initial_cluster "$member_id")
    clear_unstarted "$generation"
    (run_etcd "$generation" --initial-cluster-state=existing --initial-cluster-token="$generation" \
      --initial-cluster="$members" "$@") &
    etcd_pid=$!
    trap 'told_to_stop=yes; kill -TERM $etcd_pid 2>/dev/null' TERM INT
    watch_etcd
    if [ -n "$told_to_stop" ] || has_wal "$DATA_DIR/$generation"; then
      exit "$etcd_code"
    fi
    log "join: etcd stopped (exit code $etcd_code) before it wrote a log: listing the members again"
    tries=$((tries + 1))
    pause 0.3
  done
  log "join: etcd did not start as $member_id: deciding again"
  exit 1
}

# Waits for etcd's end, also when a signal wakes this shell before that.
watch_etcd() {
  etcd_code=0
  wait "$etcd_pid" || etcd_code=$?
  while kill -0 "$etcd_pid" 2>/dev/null; do
    etcd_code=0
    wait "$etcd_pid" || etcd_code=$?
  done
}
