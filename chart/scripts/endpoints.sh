# Where members are and how to talk to them: the one place for URLs, ports and credentials.

scheme=http

# member_host ORDINAL: the stable name of a member.
member_host() {
  echo "${MEMBER_HOST%%%s*}$1${MEMBER_HOST#*%s}"
}

peer_url() {
  echo "$scheme://$(member_host "$1"):2380"
}

client_url() {
  echo "$scheme://$(member_host "$1"):2379"
}

own_client_url() {
  echo "$scheme://$loopback:2379"
}

# ordinal_of PEER_URL: the ordinal a peer URL belongs to; nothing for a URL that is not this set's.
ordinal_of() {
  url_prefix="$scheme://${MEMBER_HOST%%%s*}"
  url_suffix="${MEMBER_HOST#*%s}:2380"
  url_rest=${1#"$url_prefix"}
  url_rest=${url_rest%"$url_suffix"}
  case $url_rest in
    '' | *[!0-9]*) ;;
    *) [ "$1" != "$(peer_url "$url_rest")" ] || echo "$url_rest" ;;
  esac
}

# etcdctl_at URL ARGS…: never waits for more than 5 s.
etcdctl_at() {
  etcdctl_url=$1
  shift
  etcdctl --endpoints="$etcdctl_url" --dial-timeout=2s --command-timeout=5s "$@"
}

# http_get URL-PATH HOST: from the plaintext metrics port, which takes no credentials. Silence proves nothing: see peers.sh.
http_get() {
  timeout 1 wget -q -Y off -O - "http://$2:2381$1" 2>/dev/null
}

# Does it serve what it has, with or without a quorum?
answers() {
  http_get /livez "$(member_host "$1")" >/dev/null
}

# Is it a voter that reaches a quorum?
is_ready() {
  http_get /readyz "$(member_host "$1")" >/dev/null
}

own_answers() {
  http_get /livez "$loopback" >/dev/null
}

own_is_ready() {
  http_get /readyz "$loopback" >/dev/null
}
