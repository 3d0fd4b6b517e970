# Who leads, and the hand-over of leadership to a member that stays.

# Fills own_is_leader and own_is_learner (yes or no) from this pod's etcd.
read_own_status() {
  own_is_leader=no own_is_learner=no
  status_file=$scratch/status
  etcdctl_at "$(own_client_url)" endpoint status -w fields >"$status_file" 2>/dev/null || return 1
  own_id=$(sed -n 's/^"MemberID" : //p' "$status_file" | head -n 1)
  leader_id=$(sed -n 's/^"Leader" : //p' "$status_file" | head -n 1)
  [ "$own_id" != "$leader_id" ] || own_is_leader=yes
  ! grep -q '^"IsLearner" : true' "$status_file" || own_is_learner=yes
}

# hand_over CALLER: to a healthy voter among the ordinals that stay: all, when replicas is not known. Needs $members_file.
hand_over() {
  read_own_status && [ "$own_is_leader" = yes ] || return 0
  while read -r id owner _ role _; do
    if [ "$role" != voter ] || [ "$owner" = - ] || [ "$owner" = "$ordinal" ]; then continue; fi
    if [ -n "$replicas" ] && [ "$owner" -ge "$replicas" ]; then continue; fi
    healthy_among "$owner"
    if [ "$healthy" != '  ' ] && etcdctl_at "$(own_client_url)" move-leader "$id" >/dev/null 2>&1; then
      log "$1: leadership goes from $POD_NAME to $STATEFULSET-$owner"
      break
    fi
  done <"$members_file"
}
