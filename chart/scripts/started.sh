#!/bin/sh
# The startup probe. Kubernetes asks once a second at most, and asks for readiness only when this has succeeded. So
# it waits for the moment itself: until the keeper has seen this member ready, or until SECONDS (the probe's
# timeout) are nearly over. Then it is enough that etcd answers: a quorum is not this probe's business.
set -eu
scripts=$(dirname "$0")
for part in log settings endpoints; do
  . "$scripts/$part.sh"
done

deadline=$(($(date +%s) + $1 - 1))
until [ -e "$ready_file" ] || [ "$(date +%s)" -ge "$deadline" ]; do
  pause 0.1
done
if ! own_answers; then
  echo 'etcd does not answer yet: the log of this container says what it does or waits for'
  exit 1
fi
