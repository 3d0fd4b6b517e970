# The one way into a cluster that exists: as a learner, on an empty volume, with a quorum alive. The volume owns
# the record before it holds data; and not before etcd has taken this pod in: an empty volume must not keep a
# record of which no data is left.

join() {
  generation=$record_generation
  learners=$record_learners restored=$record_restored
  still_this_pod || return 1
  join_entry || return 1
  write_identity "$generation" "$cluster_id" "$member_id" "$learners" || return 1
  record_own || return 1
  annotate_holder "$generation" || return 1
  introduce "$generation" "$cluster_id" "$member_id" "$learners" joiner
}

# Fills member_id: the entry that an interrupted join left, or a new one.
join_entry() {
  entry=$(member_with 2 "$ordinal")
  listed_id=$(column 1 "$entry")
  if [ -n "$entry" ] && [ "$(column 3 "$entry")" = unstarted ] && [ "$listed_id" = "$(own_joining_id)" ]; then
    log "join: $POD_NAME is already listed as the learner this pod added ($listed_id): going on with it"
    member_id=$listed_id
    return 0
  fi
  if [ -n "$entry" ]; then
    log_once "join: volume is empty but $POD_NAME is listed as $(column 3 "$entry") ($listed_id): removing that member, adding this one as learner"
    member_change remove "$listed_id" || { join_refused; return 1; }
  else
    log_once "join: volume is empty and $POD_NAME is not listed: adding it as learner to cluster $cluster_id"
  fi
  member_change add "$POD_NAME" --learner --peer-urls="$(peer_url "$ordinal")" || { join_refused; return 1; }
  member_id=$(sed -n 's/^Member *\([0-9a-f]*\) added .*/\1/p' "$members_file.change")
  member_id=$(printf '%16s' "$member_id" | tr ' ' 0)
  echo "$member_id" | write_durably "$joining_file"
}

# A foreign volume may hold the ID with which another member was joining.
own_joining_id() {
  if identity_is_own && [ -f "$joining_file" ]; then
    cat "$joining_file"
  fi
}

# A refusal that time ends: etcd wants its voters connected for 5 s, and up to 3.5 one learner at a time.
join_refused() {
  log_wait "etcd does not take $POD_NAME in yet ($(refusal)): asking again (see $failures_doc#etcd-says-not-yet)"
}
