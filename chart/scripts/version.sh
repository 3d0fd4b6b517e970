# etcd's rule: one minor up at a time, and down only after `etcdctl downgrade enable`.

# Asks the etcd in this image, while the API server is asked as well.
ask_image_version() {
  etcd --version >"$scratch/version" &
  asking_version=$!
}

# Fills image_version (3.7.3) and image_minor (3.7).
read_image_version() {
  wait "$asking_version" || true
  image_version=$(sed -n 's/^etcd Version: *//p' "$scratch/version")
  image_minor=$(echo "$image_version" | cut -d . -f 1,2)
}

# Fills version_complaint when this image must not start on the cluster of the record.
check_version() {
  version_complaint=
  [ -n "$record_etcdVersion" ] || return 0
  cluster_number=${record_etcdVersion#*.}
  image_number=${image_minor#*.}
  if [ "$image_number" -gt $((cluster_number + 1)) ]; then
    version_complaint="this image is etcd $image_version and the cluster runs at $record_etcdVersion: etcd takes one minor at a time, set image.tag to a v3.$((cluster_number + 1)) release first (see $failures_doc#the-wrong-etcd-version)"
  elif [ "$image_number" -lt "$cluster_number" ]; then
    version_complaint="this image is etcd $image_version and the cluster runs at $record_etcdVersion: set image.tag back to a v$record_etcdVersion release, or run \`etcdctl downgrade enable $image_minor\` on a member of it first (see $failures_doc#the-wrong-etcd-version)"
  elif [ "$image_minor" = 3.5 ] && [ "${record_learners:-1}" -gt 1 ]; then
    version_complaint="this image is etcd $image_version, and the log of this cluster may hold several learners at a time, which etcd 3.5 does not replay: set image.tag back to a v$record_etcdVersion release (see $failures_doc#the-wrong-etcd-version)"
  fi
}
