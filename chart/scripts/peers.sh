# Asking the other members. A probe with wget takes a millisecond, but busybox resolves names in its own way, the metrics
# port may be blocked, and an alarm fails /readyz: so a probe may only confirm. Before anything is concluded from silence,
# etcd's own client asks, by the names and the port that etcd uses.

# list_peers: fills peers with the other ordinals that may have a say in a quorum: those that the StatefulSet wants,
# and the voters on the record, who may be beyond `replicas`.
list_peers() {
  peers=
  peer=0
  while [ "$peer" -lt "${replicas:-0}" ]; do
    add_peer "$peer"
    peer=$((peer + 1))
  done
  for voter in $record_voters; do
    voter=${voter%/learner}
    add_peer "${voter##*-}"
  done
}

add_peer() {
  [ "$1" != "$ordinal" ] || return 0
  case " $peers " in
    *" $1 "*) ;;
    *) peers="${peers:+$peers }$1" ;;
  esac
}

# add_existing_peers: only Kubernetes knows who may serve without a record. Fails without the API server.
add_existing_peers() {
  [ -z "$record_uid" ] || return 0
  read_set || return 1
  while read -r _ existing _; do
    add_peer "$existing"
  done <"$set_pods"
}

# Is it known that probes do not get through here?
blind=no

# consult CLUSTER_ID: probes the peers until one has a quorum of that cluster. Fills quorum (yes or no; no is not certain),
# quorum_url (of the member that answered), peers_answer and $members_file.
consult() {
  quorum=no quorum_url='' peers_answer=no unreached=
  [ "$blind" = no ] || return 0
  for peer in $peers; do
    if is_ready "$peer"; then
      peers_answer=yes
      if read_members "$(client_url "$peer")" && [ "$cluster_id" = "$1" ]; then
        quorum=yes quorum_url=$(client_url "$peer")
        return 0
      fi
    elif [ "$peers_answer" = no ] && answers "$peer"; then
      peers_answer=yes
    fi
  done
}

# consult_surely CLUSTER_ID: after consult, asks with etcd's client. Fills the same, and unreached: what could not be
# resolved or reached, and how.
consult_surely() {
  [ "$quorum" = no ] || return 0
  # shellcheck disable=SC2086 # $peers is several words
  ask_members $peers
  for peer in $answered; do
    peers_answer=yes
    if parse_members "$scratch/asked-$peer" && [ "$cluster_id" = "$1" ]; then
      quorum=yes quorum_url=$(client_url "$peer")
      if is_ready "$peer"; then blind=no; else blind=yes; fi
      return 0
    fi
  done
}

# find_quorum CLUSTER_ID: both, of the peers as they are now.
find_quorum() {
  list_peers
  consult "$1"
  consult_surely "$1"
}

# ask_members ORDINALS…: asks all of them at the same time for a linearizable member list, for 3 s at most. Fills answered
# with those that have a quorum, peers_answer with yes if another one responds at all, and unreached.
ask_members() {
  answered='' unreached='' askers=
  for asked_peer in "$@"; do
    ask_member "$asked_peer" &
    askers="$askers $!"
  done
  for asker in $askers; do
    wait "$asker" 2>/dev/null || true
  done
  for asked_peer in "$@"; do
    outcome=$(cat "$scratch/asked-$asked_peer.outcome")
    case $outcome in
      quorum) answered="${answered:+$answered }$asked_peer" ;;
      responds) peers_answer=yes ;;
      *) unreached="${unreached:+$unreached, }$STATEFULSET-$asked_peer: $outcome" ;;
    esac
  done
}

# ask_member ORDINAL: writes the outcome: quorum, responds (it has none, or is a learner), or how it cannot be reached.
ask_member() (
  answer_file=$scratch/asked-$1
  echo 'not asked to the end' >"$answer_file.outcome"
  etcdctl_at "$(client_url "$1")" --command-timeout=3s member list -w fields >"$answer_file" 2>"$answer_file.error" &
  asking=$!
  trap 'kill $asking 2>/dev/null; exit 1' TERM INT
  if wait "$asking"; then
    echo quorum >"$answer_file.outcome"
    return
  fi
  how=$(sed -n 's/.*\(dial tcp[^"\\]*\).*/\1/p; s/.*\(lookup [^"\\]*\).*/\1/p' "$answer_file.error" | tail -n 1)
  echo "${how:-responds}" >"$answer_file.outcome"
)

# nobody_listens ORDINALS…: is it certain that none of those pods runs an etcd? By the addresses that Kubernetes reports:
# etcd listens from its start on. Needs what read_set fills.
nobody_listens() {
  for candidate in "$@"; do
    pod_address=$(awk -v ordinal="$candidate" '$2 == ordinal && $7 != "-" { print $7; exit }' "$set_pods")
    [ -n "$pod_address" ] || continue
    refused=0
    timeout 2 nc -z "$pod_address" 2379 2>/dev/null || refused=$?
    # nc exits with 1 where the connection is refused, `timeout` with another code where nothing answers.
    [ "$refused" -eq 1 ] || return 1
  done
}

# healthy_among ORDINALS…: fills healthy with those that have a quorum, this pod's own member included.
healthy_among() {
  healthy='' doubtful=
  for candidate in "$@"; do
    if [ "$candidate" = "$ordinal" ]; then
      if own_is_ready || has_own_quorum; then healthy="$healthy $candidate"; fi
    elif [ "$blind" = no ] && is_ready "$candidate"; then
      healthy="$healthy $candidate"
    else
      doubtful="$doubtful $candidate"
    fi
  done
  if [ -n "$doubtful" ]; then
    # shellcheck disable=SC2086 # $doubtful is several words
    ask_members $doubtful
    healthy="$healthy $answered"
  fi
  healthy="$healthy "
}

# Does this pod's own member have a quorum, whatever alarms are raised? Fills $members_file.
has_own_quorum() {
  read_members "$(own_client_url)"
}

# Is any peer ready?
any_is_ready() {
  [ "$blind" = no ] || return 1
  for candidate in $peers; do
    if is_ready "$candidate"; then return 0; fi
  done
  return 1
}
