# Removes from the member list what a killed pod could not remove itself.

# remove_dead_members CALLER: at most one, and only while a quorum of the others is healthy.
# Needs $members_file, quorum_url and replicas.
remove_dead_members() {
  while read -r id owner started role url; do
    why=
    if [ "$owner" = - ]; then
      continue
    elif [ "$owner" -ge "$replicas" ]; then
      why="the StatefulSet wants $replicas replicas"
    elif [ "$role" = learner ] && [ "$started" = unstarted ]; then
      why='it never started'
    fi
    if [ -z "$why" ] || ! pod_is_gone "$STATEFULSET-$owner" || ! others_are_healthy "$id"; then
      continue
    fi
    if member_change remove "$id"; then
      log "$1: removed $STATEFULSET-$owner ($id, $url): $why and its pod is gone"
      forget_voter "$STATEFULSET-$owner"
    else
      log_wait "etcd does not remove $STATEFULSET-$owner ($id) yet ($(refusal))"
    fi
    return 0
  done <"$members_file"
}

pod_is_gone() {
  found=0
  pod_exists "$1" || found=$?
  [ "$found" -eq 1 ]
}

# others_are_healthy ID: would the voters without that member have a quorum that is healthy now?
others_are_healthy() {
  voters=0 others=
  while read -r other_id other_owner _ other_role _; do
    if [ "$other_id" != "$1" ] && [ "$other_role" = voter ]; then
      voters=$((voters + 1))
      [ "$other_owner" = - ] || others="$others $other_owner"
    fi
  done <"$members_file"
  # Asking the own member replaces the list.
  cp "$members_file" "$members_file.kept"
  # shellcheck disable=SC2086 # $others is several words
  healthy_among $others
  mv "$members_file.kept" "$members_file"
  [ "$(echo "$healthy" | wc -w)" -gt $((voters / 2)) ]
}
