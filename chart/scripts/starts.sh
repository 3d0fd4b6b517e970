# Starts of this pod's etcd that did not last. Why etcd ends is in its last lines, and those are in the log of the container
# before this one.

starts_file=$RUN_DIR/starts

# Counts this start. From the third on of which none lasted for ten minutes (Kubernetes, too, forgets a crash then) it logs
# where the reason is. A node that restarted counts from zero again.
count_start() {
  starts=0 last_start=0
  read_clock
  if [ -f "$starts_file" ]; then read -r starts last_start <"$starts_file"; fi
  if [ "$last_start" -gt "$now" ] || [ $((now - last_start)) -ge 600 ]; then starts=0; fi
  starts=$((starts + 1))
  echo "$starts $now" >"$starts_file"
  if [ "$starts" -ge 3 ]; then
    consult_surely "$wanted_cluster"
    log "start: etcd of this pod has started $starts times, and never lasted ten minutes: the reason is at the end of \`kubectl -n $POD_NAMESPACE logs $POD_NAME -c etcd --previous\`; if it is the volume (no space left, read-only, crc mismatch): $(way_back) (see $failures_doc#a-member-that-ends-again-and-again)"
  fi
}
