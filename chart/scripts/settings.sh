# What a pod knows of itself before it has asked anyone. The chart sets the variables in capitals.

ordinal=${POD_NAME##*-}

# Members reach each other and the API server without a proxy, whatever is injected into the environment.
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy

# Addresses to listen on: every one the pod has. [::] takes IPv4 as well where a pod has both.
case $POD_IPS in
  *:*) bind=${BIND_ADDRESS:-[::]} loopback=${BIND_ADDRESS:-[::1]} ;;
  *) bind=${BIND_ADDRESS:-0.0.0.0} loopback=${BIND_ADDRESS:-127.0.0.1} ;;
esac

# The object whose life is the life of this pod's data: its claim, or the pod itself without persistence.
if [ "$PERSISTENCE" = true ]; then
  holder_resource=persistentvolumeclaim
  holder_kind=PersistentVolumeClaim
  holder_name=${CLAIM:-data-$POD_NAME}
  holder_prefix=data-$STATEFULSET-
else
  holder_resource=pod
  holder_kind=Pod
  holder_name=$POD_NAME
  holder_prefix=$STATEFULSET-
fi

# How long a quorum may be away before a restore may begin, in seconds.
patience=${PATIENCE:-15}

# How often a wait is logged, in seconds.
wait_interval=$((patience * 2))

# The ConfigMap with which a user requests a restore.
request_name=$STATEFULSET-restore

# Shared by this pod's two containers, gone with the pod. Each script keeps its own answers apart.
stop_request=$RUN_DIR/stop
member_file=$RUN_DIR/member
ready_file=$RUN_DIR/ready
script_name=${0##*/}
scratch=$RUN_DIR/${script_name%.sh}
mkdir -p "$scratch"
