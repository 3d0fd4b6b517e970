# Who runs in this pod, for the containers and hooks that have no volume to look at.

# introduce GENERATION CLUSTER_ID MEMBER_ID LEARNERS [founder|joiner]: needs restored; tells the keeper and the preStop hook who runs here,
# and later starts of this pod that its volume has passed the checks.
introduce() {
  printf '%s %s %s\n' "$POD_UID" "$holder_uid" "$log_uid" >"$verified_file"
  cat >"$member_file.new" <<EOF
generation $1
cluster_id $2
member_id $3
learners $4
restored ${restored:-}
role ${5:-member}
pid $$
EOF
  mv "$member_file.new" "$member_file"
}

# load_member: fills own_generation, own_cluster_id, own_member_id, own_learners, own_restored, own_role and own_pid.
load_member() {
  [ -f "$member_file" ] || return 1
  while read -r key value; do
    case $key in
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
