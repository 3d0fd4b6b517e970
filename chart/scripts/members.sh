# The member list as etcd reports it, and the changes that this chart makes to it.

members_file=$scratch/members

# hex_id DECIMAL: the sixteen digits that etcdctl and etcd's log show.
hex_id() {
  printf '%016x' "$1"
}

# read_members URL [etcdctl flags…]: fills cluster_id and $members_file. Linearizable: it succeeds only where a quorum
# answers, whatever alarms are raised.
read_members() {
  etcdctl_at "$@" member list -w fields >"$members_file.raw" 2>"$members_file.error" || return 1
  parse_members "$members_file.raw"
}

# parse_members FILE: lines `ID ORDINAL started|unstarted voter|learner PEER_URL,…` (`-` stands for none). Names of
# members are left out: they may hold anything.
parse_members() {
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
        urls='' owner='' started=unstarted
        ;;
      '"Name"') [ -z "$value" ] || started=started ;;
      '"PeerURL"')
        urls=${urls:+$urls,}$value
        owner=${owner:-$(ordinal_of "$value")}
        ;;
      '"IsLearner"')
        role=voter
        [ "$value" != true ] || role=learner
        echo "$id ${owner:--} $started $role ${urls:--}" >>"$members_file"
        ;;
    esac
  done <"$1"
  [ -n "$cluster_id" ]
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

# initial_cluster OWN_ID: every listed member with each of its URLs. etcd compares URLs only; names must differ.
initial_cluster() {
  awk -v own="$1" -v own_name="$POD_NAME" '
    {
      name = $1 "" == own ? own_name : $1
      count = split($5, urls, ",")
      for (i = 1; i <= count; i++) { printf "%s%s=%s", separator, name, urls[i]; separator = "," }
    }' "$members_file"
}

# What etcd answered when it refused a change to the member list, in one line.
refusal() {
  sed -n 's/.*Error: //p; s/.*"error":"\([^"]*\)".*/\1/p' "$members_file.change" | tail -n 1
}

# member_change ARGS…: one change through the members that answered. What etcd answers is in $members_file.change.
member_change() {
  etcdctl_at "$quorum_url" member "$@" >"$members_file.change" 2>&1
}
