# Starts of this pod's etcd that came to nothing. Why etcd ends is in its last lines, and those are in the log of
# the container before this one.

starts_file=$RUN_DIR/starts

# Counts this start. From the third on of which none lasted for ten minutes (Kubernetes, too, forgets a crash then)
# it says where to look.
count_start() {
  starts=0 last_start=0 this_start=$(date +%s)
  if [ -f "$starts_file" ]; then read -r starts last_start <"$starts_file"; fi
  [ $((this_start - last_start)) -lt 600 ] || starts=0
  starts=$((starts + 1))
  echo "$starts $this_start" >"$starts_file"
  if [ "$starts" -ge 3 ]; then
    log "start: etcd of this pod starts again, $starts times by now, and never lasted ten minutes: why is at the end of \`kubectl -n $POD_NAMESPACE logs $POD_NAME -c etcd --previous\`; if it is the volume (no space left, read-only, crc mismatch), a new one brings this member back while the others have a quorum: $(new_volume) (see $failures_doc#a-member-that-ends-again-and-again)"
  fi
}
