#!/bin/sh
# The startup probe. Kubernetes probes once a second at most, and probes readiness only when this has succeeded. So it waits for
# the moment itself: until the keeper has found this member ready, or until SECONDS (the probe's timeout) are nearly over. Then
# it is enough that etcd answers, with or without a quorum.
set -eu
scripts=$(dirname "$0")
for part in time log settings endpoints; do
  . "$scripts/$part.sh"
done

read_clock
deadline=$((now + $1 - 1))
until [ -e "$ready_file" ] || [ "$now" -ge "$deadline" ]; do
  pause 0.1
  read_clock
done
if ! own_answers; then
  echo 'etcd does not answer yet: the log of this container shows what it does or waits for'
  exit 1
fi
