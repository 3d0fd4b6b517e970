# What the log advises, computed from the record, the pods and the claims: the command that fits what Kubernetes shows.

# new_volume ORDINAL: the commands that bring that member back on a new volume, or in a new directory of the shared one.
new_volume() {
  renewed=$1
  if [ -n "${SHARED_DIR:-}" ]; then
    neighbour=0
    [ "$renewed" != 0 ] || neighbour=1
    directory=$SHARED_DIR/$STATEFULSET-$renewed
    printf '%s && ' "kubectl -n $POD_NAMESPACE exec $STATEFULSET-$neighbour -c etcd -- /opt/busybox/bin/mv $directory $directory.aside"
  elif [ "$PERSISTENCE" = true ]; then
    printf '%s && ' "kubectl -n $POD_NAMESPACE delete pvc $holder_prefix$renewed --wait=false"
  fi
  echo "kubectl -n $POD_NAMESPACE delete pod $STATEFULSET-$renewed"
}

# restore_command ARCHIVE: a restore from this pod, of an archive where one is given. The ConfigMap may exist from an earlier
# request.
restore_command() {
  echo "kubectl -n $POD_NAMESPACE delete configmap $request_name --ignore-not-found && kubectl -n $POD_NAMESPACE create configmap $request_name --from-literal=id=$(date -u +%Y%m%d-%H%M%S) --from-literal=member=$ordinal${1:+ --from-literal=archive=$1}"
}

# without_quorum: the state of each voter on the record that this pod did not reach, and what fits it. Waiting and waking come
# first: a restore is named only where the volumes of a quorum are gone or foreign, and never in the first line of an outage.
without_quorum() {
  read_clock
  if ! read_set; then
    echo "the API server does not answer ($kube_error)"
    return
  fi
  survey
  printf '%s' "$absent"
  if quorum_is_intact && [ "$wake" -gt "$replicas" ]; then
    echo "wake the members that hold the data: kubectl -n $POD_NAMESPACE scale statefulset $STATEFULSET --replicas=$wake"
  elif quorum_is_intact; then
    echo "the volumes of a quorum are intact: waiting for their pods; see why they do not run: kubectl -n $POD_NAMESPACE describe pods$absent_pods"
  elif [ $((now - ${quorumless_since:-$now})) -lt "$wait_interval" ]; then
    echo 'waiting for the other members'
  elif [ "$wake" -gt "$replicas" ]; then
    echo "members that hold data have no pod; wake them first: kubectl -n $POD_NAMESPACE scale statefulset $STATEFULSET --replicas=$wake"
  else
    advise_restore
  fi
}

advise_restore() {
  if [ "${volume:-own}" = empty ]; then
    advise_archive
  else
    echo "if the other volumes are lost, a restore makes a new generation of this one's data; choose the pod whose data is newest: $(restore_command '')"
  fi
}

# survey: fills absent (text), absent_pods, and what count_volume counts. Needs what read_set fills.
survey() {
  absent='' absent_pods=''
  count_no_volume
  for voter in ${record_voters:-$(annotated_members)}; do
    name=${voter%/learner}
    at=${name##*-}
    if [ "$at" = "$ordinal" ]; then
      state='its volume is intact'
      [ "${volume:-own}" = own ] || state=$volume
    else
      state=$(describe_volume_of "$at")
      absent="$absent$name: $(describe_pod "$at"), $state; "
      absent_pods="$absent_pods $name"
    fi
    [ "$state" = 'its volume is intact' ] || state=
    # Where this volume is foreign, that of a pod that runs may be as well: its claim is annotated all the same.
    case ${volume:-own} in
      foreign | unidentified) ! runs "$at" || state= ;;
    esac
    count_volume "$voter" "$state"
  done
}

# Of the members on the record, electorate; voters, without those that are about to become one; how many of both still have
# their volume, intact and intact_voters, intact_names; and wake, how many replicas bring back all of these.
count_no_volume() {
  electorate=0 intact=0 voters=0 intact_voters=0 intact_names='' wake=0
}

# count_volume VOTER INTACT
count_volume() {
  electorate=$((electorate + 1))
  [ "$1" != "${1%/learner}" ] || voters=$((voters + 1))
  [ -n "$2" ] || return 0
  intact=$((intact + 1)) intact_names="$intact_names ${1%/learner}"
  [ "$1" != "${1%/learner}" ] || intact_voters=$((intact_voters + 1))
  counted=${1%/learner}
  [ "${counted##*-}" -lt "$wake" ] || wake=$((${counted##*-} + 1))
}

# Whether a member that was about to vote does vote is not known: then both counts matter.
quorum_is_intact() {
  [ $((intact * 2)) -gt "$electorate" ] || [ $((intact_voters * 2)) -gt "$voters" ]
}

# Without a record: the members whose volumes are annotated.
annotated_members() {
  if [ -n "${SHARED_DIR:-}" ]; then
    other_directories | sed -n 's/^\([^/ ]*\) .*/\1/p'
  else
    awk -v set="$STATEFULSET" '$5 != "-" { print set "-" $2 }' "$set_claims"
  fi
}

# runs ORDINAL: is its pod on a node?
runs() {
  awk -v ordinal="$1" '$2 == ordinal && $6 != "-" { found = 1 } END { exit !found }' "$set_pods"
}

describe_pod() {
  awk -v ordinal="$1" '
    $2 == ordinal {
      found = 1
      phase = $8
      for (i = 9; i <= NF; i++) phase = phase " " $i
      printf "pod %s%s", $4 == "kept" ? "" : "is being deleted, ", phase
    }
    END { if (!found) printf "no pod" }' "$set_pods"
}

# describe_volume_of ORDINAL: by its claim, which is annotated while it holds data of the record's generation.
describe_volume_of() {
  kept=kept
  if [ -n "${SHARED_DIR:-}" ]; then
    held=$(directory_generation "$SHARED_DIR/$STATEFULSET-$1")
  else
    volumes=$set_claims
    [ "$PERSISTENCE" = true ] || volumes=$set_pods
    line=$(awk -v ordinal="$1" '$2 == ordinal { print $5, $4; exit }' "$volumes")
    held=${line% *} kept=${line#* }
  fi
  if [ -z "$held" ]; then
    echo 'its volume is gone'
  elif [ "$kept" != kept ]; then
    echo 'its volume is being deleted'
  elif [ "$held" = "${record_generation:-$held}" ] && [ "$held" != - ]; then
    echo 'its volume is intact'
  elif [ "$held" = - ]; then
    echo 'its volume is new'
  else
    echo "its volume holds generation $held"
  fi
}
