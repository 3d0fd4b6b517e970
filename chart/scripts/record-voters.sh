# The voters on the record, for pods that start when no one can be asked. A member is on it before it votes, as
# `etcd-2/learner`, so that a quorum never holds a voter that the record does not name.

# The version all members have agreed on, e.g. 3.7; nothing before they have.
cluster_version() {
  http_get /metrics "$loopback" | sed -n 's/^etcd_cluster_version{cluster_version="\([0-9]*\.[0-9]*\)"} 1$/\1/p'
}

# The voters in $members_file, and the learners that are about to vote.
listed_voters() {
  sort -k 2,2n "$members_file" | awk -v set="$STATEFULSET" -v recorded=" $record_voters " '
    $2 == "-" { next }
    { name = set "-" $2 }
    $4 == "learner" && !index(recorded, " " name " ") && !index(recorded, " " name "/learner ") { next }
    { printf "%s%s%s", separator, name, $4 == "learner" ? "/learner" : ""; separator = " " }'
}

# record_listed_voters: what the list shows. A listed learner that is on the record may be promoted at any moment. Needs
# $members_file and the observed record.
record_listed_voters() {
  version=$(cluster_version)
  # 3.0 is what a cluster reports before its members have agreed.
  [ "$version" != 3.0 ] || version=
  write_voters "$(listed_voters)"
}

# name_voter: this pod's member is about to vote.
name_voter() {
  case " $record_voters " in
    *" $POD_NAME "* | *" $POD_NAME/learner "*) ;;
    *) version='' && write_voters "${record_voters:+$record_voters }$POD_NAME/learner" ;;
  esac
}

# forget_voter NAME: that member was removed.
forget_voter() {
  version=
  write_voters "$(for voter in $record_voters; do echo "$voter"; done | grep -vx "$1\(/learner\)\{0,1\}" | tr '\n' ' ' | sed 's/ $//')" || true
}

# write_voters VOTERS: needs version, which may be empty.
write_voters() {
  version=${version:-$record_etcdVersion}
  if [ -z "$record_uid" ] || [ "$version $1" = "$record_etcdVersion $record_voters" ]; then
    return 0
  fi
  record_state "$own_generation" "$version" "$1" || return 1
  record_etcdVersion=$version record_voters=$1
}
