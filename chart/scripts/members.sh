# The member list as etcd tells it, and the changes this chart makes to it.

members_file=$scratch/members

# hex_id DECIMAL: the sixteen digits that etcdctl and etcd's log show.
hex_id() {
  printf '%016x' "$1"
}

# read_members URL [etcdctl flags…]: fills cluster_id and $members_file, whose lines are
# `ID ORDINAL started|unstarted voter|learner NAME PEER_URL` (`-` stands for none).
read_members() {
  etcdctl_at "$@" member list -w fields >"$members_file.raw" 2>"$members_file.error" || return 1
  cluster_id=
  id=''
  : >"$members_file"
  while read -r field _ value; do
    value=${value#\"}
    value=${value%\"}
    case $field in
      '"ClusterID"') cluster_id=$(hex_id "$value") ;;
      '"ID"')
        id=$(hex_id "$value")
        name=- url=-
        ;;
      '"Name"') name=${value:--} ;;
      '"PeerURL"') url=$value ;;
      '"IsLearner"')
        owner=$(ordinal_of "$url")
        started=started role=voter
        [ "$name" != - ] || started=unstarted
        [ "$value" != true ] || role=learner
        echo "$id ${owner:--} $started $role $name $url" >>"$members_file"
        ;;
    esac
  done <"$members_file.raw"
  [ -n "$cluster_id" ]
}

# consult CLUSTER_ID: asks the other members, one after another, what a quorum of that cluster says.
# Fills quorum (yes or no), quorum_url (who answered), peers_answer, and $members_file.
consult() {
  quorum=no quorum_url='' peers_answer=no
  peer=0
  while [ "$peer" -lt "${replicas:-0}" ]; do
    if [ "$peer" != "$ordinal" ]; then
      if is_ready "$peer"; then
        peers_answer=yes
        if read_members "$(client_url "$peer")" && [ "$cluster_id" = "$1" ]; then
          quorum=yes
          quorum_url=$(client_url "$peer")
          return 0
        fi
      elif [ "$peers_answer" = no ] && answers "$peer"; then
        peers_answer=yes
      fi
    fi
    peer=$((peer + 1))
  done
}

# member_with FIELD VALUE: the first member's line whose column (1 ID, 2 ordinal) is the value. As text: awk takes
# an ID such as 6418e28702717813 for a number, infinity, which does not equal itself.
member_with() {
  awk -v column="$1" -v value="$2" '$column "" == value { print; exit }' "$members_file"
}

# column N LINE
column() {
  echo "$2" | cut -d ' ' -f "$1"
}

# initial_cluster OWN_ID: every listed member by its name; one that has not started yet has none to give.
initial_cluster() {
  awk -v own="$1" -v own_name="$POD_NAME" '
    { name = $5 }
    $1 "" == own { name = own_name }
    name == "-" { name = $1 }
    { printf "%s%s=%s", separator, name, $6; separator = "," }' "$members_file"
}

# What etcd said when it refused a change to the member list, in one line.
refusal() {
  sed -n 's/.*Error: //p; s/.*"error":"\([^"]*\)".*/\1/p' "$members_file.change" | tail -n 1
}

# member_change ARGS…: one change through the members that answered. What etcd says is in $members_file.change.
member_change() {
  etcdctl_at "$quorum_url" member "$@" >"$members_file.change" 2>&1
}
