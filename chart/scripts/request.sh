# A restore is asked for by name, in the ConfigMap $request_name: `id`, `member` (the ordinal whose data is the source),
# `lost` (ordinals of pods that cannot say that they have stopped), `insist`. observe() reads it.

# request_is_open FINISHED: is something asked for that was neither done nor refused? FINISHED are the ids that this
# volume knows as done. What was refused once stays so: the same request would otherwise wait for the day on which
# the cluster happens to lose its quorum.
request_is_open() {
  [ -n "$request_id" ] || return 1
  case " $record_restored $1 " in
    *" $request_id "*) return 1 ;;
  esac
  [ "$request_insist" != true ] || return 0
  case " $record_refused " in
    *" $request_id "*) return 1 ;;
  esac
}

# Fills request_complaint with what is wrong with an open request that names this pod.
check_request() {
  request_complaint=
  case $request_id in
    *[!A-Za-z0-9._-]*) request_complaint="its id holds something else than letters, digits, dots, dashes and underscores" ;;
  esac
  case $request_lost in
    *[!0-9\ ]*) request_complaint="lost is \`$request_lost\`: give ordinals with spaces between" ;;
  esac
  case " $request_lost " in
    *" $ordinal "*) request_complaint="it names $ordinal as the source and as lost" ;;
  esac
}

# What a person runs to ask for a restore from this pod's data.
restore_command() {
  echo "kubectl -n $POD_NAMESPACE create configmap $request_name --from-literal=id=$(date -u +%Y%m%d-%H%M) --from-literal=member=$ordinal"
}
