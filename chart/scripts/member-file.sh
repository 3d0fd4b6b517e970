# Who runs in this pod, for the containers and hooks that have no volume to read. It also shows later starts of this pod
# that its volume has passed the checks.

# introduce GENERATION CLUSTER_ID MEMBER_ID LEARNERS [founder|joiner]: needs restored.
introduce() {
  cat >"$member_file.new" <<TEXT
holder $holder_uid
generation $1
cluster_id $2
member_id $3
learners $4
restored ${restored:-}
role ${5:-member}
pid $$
TEXT
  mv "$member_file.new" "$member_file"
}

# load_member: fills own_*.
load_member() {
  [ -f "$member_file" ] || return 1
  while read -r key value; do
    case $key in
      holder) own_holder=$value ;;
      generation) own_generation=$value ;;
      cluster_id) own_cluster_id=$value ;;
      member_id) own_member_id=$value ;;
      learners) own_learners=$value ;;
      restored) own_restored=$value ;;
      role) own_role=$value ;;
      pid) own_pid=$value ;;
    esac
  done <"$member_file"
}
