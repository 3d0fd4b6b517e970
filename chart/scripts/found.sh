# The first member: ordinal 0, once in the life of a set's data.

# founder_ids GENERATION: fills member_id and cluster_id of a first member. etcd computes both from the peer URL and the
# token: SHA-1 of the two, and SHA-1 of the first eight bytes of that.
founder_ids() {
  member_id=$(printf '%s%s' "$(peer_url "$ordinal")" "$1" | sha1sum | cut -c 1-16)
  # shellcheck disable=SC2059 # the format is the eight bytes
  cluster_id=$(printf "$(echo "$member_id" | sed 's/../\\x&/g')" | sha1sum | cut -c 1-16)
}

# Everything else that could exist was ruled out; the create decides between two pods of this name.
found() {
  generation=1-$(cat /proc/sys/kernel/random/uuid)
  learners=$(learners_of_image) restored=
  founder_ids "$generation"
  voters=$POD_NAME
  record_create forming "$generation" "$cluster_id" "$image_minor" "$learners" || return 1
  log "found: no record, no data and no member exists: bootstrapping generation $generation (cluster $cluster_id)"
  found_on_record
}

found_again() {
  generation=$record_generation
  learners=$record_learners restored=$record_restored
  founder_ids "$generation"
  log "found: the record shows that this pod was bootstrapping generation $generation when it stopped: going on"
  found_on_record
}

found_on_record() {
  others=$(other_generations) || return 1
  if [ -n "$others" ]; then
    log "found: a volume of this set was annotated with data meanwhile ($(echo "$others" | head -n 1)): deleting the record again"
    record_delete
    return 1
  fi
  annotate_holder "$generation" || return 1
  write_identity "$generation" "$cluster_id" "$member_id" "$learners" || return 1
  archive_unstarted "$generation"
  introduce "$generation" "$cluster_id" "$member_id" "$learners" founder
}
