# What Kubernetes reports: this pod, its claim, the StatefulSet, and the objects of the other members.

annotation=etcd-chart/generation
service_account=/var/run/secrets/kubernetes.io/serviceaccount

# kubectl takes its in-cluster configuration only while it is given no other setting, so it gets a file.
if [ -z "${KUBECONFIG:-}" ]; then
  export KUBECONFIG="$RUN_DIR/kubeconfig"
  api_host=$KUBERNETES_SERVICE_HOST
  case $api_host in *:*) api_host="[$api_host]" ;; esac
  cat >"$scratch/kubeconfig" <<EOF
apiVersion: v1
kind: Config
clusters:
  - name: here
    cluster:
      server: https://$api_host:$KUBERNETES_SERVICE_PORT
      certificate-authority: $service_account/ca.crt
users:
  - name: member
    user:
      tokenFile: $service_account/token
contexts:
  - name: member
    context: { cluster: here, user: member, namespace: $POD_NAMESPACE }
current-context: member
EOF
  mv "$scratch/kubeconfig" "$KUBECONFIG"
fi

kube_error_file=$scratch/kube-error

# kube ARGS…: kubectl, bounded in time; its error is in $kube_error. It lives for less than 100 ms: collecting garbage would
# be a sixth of that.
kube() {
  kube_error=
  if ! GOGC=off GOMEMLIMIT=96MiB timeout 15 kubectl --request-timeout=5s "$@" 2>"$kube_error_file"; then
    kube_error=$(tail -n 1 "$kube_error_file")
    [ -n "$kube_error" ] || kube_error='no answer within 15 s'
    return 1
  fi
}

# Is the name, the RBAC or the identity gone, rather than the API server silent?
kube_refused() {
  case $kube_error in
    *'(NotFound)'* | *'(Forbidden)'* | *'(Unauthorized)'* | *Unauthorized*) return 0 ;;
    *) return 1 ;;
  esac
}

# One question for everything a decision needs, so that all of it was true at the same time.
facts_template='{{range .items}}{{$m := .metadata}}
{{if eq .kind "StatefulSet"}}replicas {{.spec.replicas}}
{{with $m.deletionTimestamp}}set_deleting yes{{end}}
{{else if eq $m.name "'$request_name'"}}request_exists yes
{{range $key, $value := .data}}request_{{$key}} {{$value}}
{{end}}{{else if eq .kind "ConfigMap"}}record_uid {{$m.uid}}
record_version {{$m.resourceVersion}}
{{range $m.ownerReferences}}record_owner {{.uid}}
{{end}}{{range $key, $value := .data}}record_{{$key}} {{$value}}
{{end}}{{else}}{{if eq .kind "Pod"}}pod_uid {{$m.uid}}
{{end}}{{if eq .kind "'$holder_kind'"}}holder_uid {{$m.uid}}
{{with $m.annotations}}{{with index . "'$annotation'"}}holder_generation {{.}}
{{end}}{{end}}{{end}}{{end}}{{end}}'

# Fills replicas, set_deleting, pod_uid, holder_*, record_* and request_*. Empty means: there is none.
observe() {
  replicas='' set_deleting='' pod_uid='' holder_uid='' holder_generation=''
  record_uid='' record_owners='' record_phase='' record_generation='' record_clusterId='' record_founder='' record_etcdVersion='' record_learners='' record_voters=''
  record_version='' record_restoreId='' record_restoreSource='' record_fence='' record_next='' record_restored='' record_refused='' record_signatures=''
  request_id='' request_member='' request_archive='' request_force='' request_exists=no
  claim=
  [ "$PERSISTENCE" != true ] || claim=persistentvolumeclaim/$holder_name
  facts_file=$scratch/facts
  # shellcheck disable=SC2086 # $claim is one word or none
  kube get "statefulset/$STATEFULSET" "pod/$POD_NAME" "configmap/$RECORD" "configmap/$request_name" $claim \
    --ignore-not-found -o go-template="$facts_template" >"$facts_file" || return 1
  read_clock
  observed_ms=$now_ms
  while read -r key value; do
    case $key in
      replicas) replicas=$value ;;
      set_deleting) set_deleting=$value ;;
      pod_uid) pod_uid=$value ;;
      holder_uid) holder_uid=$value ;;
      holder_generation) holder_generation=$value ;;
      record_uid) record_uid=$value ;;
      record_owner) record_owners="$record_owners $value" ;;
      record_phase) record_phase=$value ;;
      record_generation) record_generation=$value ;;
      record_clusterId) record_clusterId=$value ;;
      record_founder) record_founder=$value ;;
      record_etcdVersion) record_etcdVersion=$value ;;
      record_learners) record_learners=$value ;;
      record_voters) record_voters=$value ;;
      record_version) record_version=$value ;;
      record_restoreId) record_restoreId=$value ;;
      record_restoreSource) record_restoreSource=$value ;;
      record_fence) record_fence=$value ;;
      record_next) record_next=$value ;;
      record_restored) record_restored=$value ;;
      record_refused) record_refused=$value ;;
      record_signed-*) record_signatures="$record_signatures${key#record_signed-} $value
" ;;
      request_exists) request_exists=yes ;;
      request_id) request_id=$value ;;
      request_member) request_member=$value ;;
      request_archive) request_archive=$value ;;
      request_force) request_force=$value ;;
    esac
  done <"$facts_file"
}

# This pod's part of the holder: a shared volume holds a directory for each member.
holder_id() {
  echo "$holder_uid${SHARED_DIR:+/$POD_NAME}"
}

# Does this pod still have its name? Asked before every change that other members notice, unless the last observation is
# less than half a second old: another pod takes longer than that to start.
still_this_pod() {
  read_clock
  if [ "$pod_uid" = "$POD_UID" ] && [ $((now_ms - observed_ms)) -lt 500 ]; then
    return 0
  fi
  named_uid=$(kube get pod "$POD_NAME" --ignore-not-found -o jsonpath='{.metadata.uid}') || return 1
  if [ "$named_uid" != "$POD_UID" ]; then
    kube_error="the pod named $POD_NAME is another one now ($named_uid, this one is $POD_UID)"
    return 1
  fi
}

# pod_exists NAME: 0 yes, 1 no, 2 the API server did not answer.
pod_exists() {
  pod_found=$(kube get pod "$1" --ignore-not-found -o name) || return 2
  [ -n "$pod_found" ]
}

# By name, not by label: whatever has the name of a member counts.
set_template='{{range .items}}{{$m := .metadata}}{{.kind}} {{$m.name}} {{$m.uid}} {{with $m.deletionTimestamp}}{{.}}{{else}}kept{{end}} {{with $m.annotations}}{{with index . "'"$annotation"'"}}{{.}}{{else}}-{{end}}{{else}}-{{end}} {{with .spec.nodeName}}{{.}}{{else}}-{{end}} {{with .status.podIP}}{{.}}{{else}}-{{end}} {{.status.phase}}{{range .status.conditions}}{{if and (eq .type "PodScheduled") (eq .status "False")}}: {{.message}}{{end}}{{end}}{{range .status.containerStatuses}}{{if eq .name "etcd"}}{{with .state.waiting}}: {{.reason}}{{end}}{{end}}{{end}}
{{end}}'

# read_set: what Kubernetes has of the whole set, whatever the ordinals: those beyond `replicas` and those that are being
# deleted count. Fills $set_pods and $set_claims, whose lines are `KIND ORDINAL UID kept|DELETED_AT GENERATION NODE ADDRESS
# PHASE…` (`-` stands for none).
set_pods=$scratch/pods
set_claims=$scratch/claims
read_set() {
  resources=pods
  # The one claim of a shared volume shows nothing of a member.
  [ "$PERSISTENCE" != true ] || [ -n "${SHARED_DIR:-}" ] || resources=pods,persistentvolumeclaims
  kube get "$resources" -o go-template="$set_template" >"$scratch/set" || return 1
  : >"$set_pods"
  : >"$set_claims"
  while read -r kind name more; do
    case $kind in
      Pod) of=${name#"$STATEFULSET-"} to=$set_pods ;;
      *) of=${name#"$holder_prefix"} to=$set_claims ;;
    esac
    case $of in
      "$name" | '' | *[!0-9]*) ;;
      *) echo "$kind $of $more" >>"$to" ;;
    esac
  done <"$scratch/set"
}
