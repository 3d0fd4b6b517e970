# What etcd's write-ahead log shows without etcd: where it ends, and with which entry.

# has_log DIRECTORY: does an etcd data directory have log files? One without them holds nothing that was acknowledged,
# unless its log was lost.
has_log() {
  for log_file in "$1"/member/wal/*.wal; do
    [ ! -e "$log_file" ] || return 0
  done
  return 1
}

# read_log_file FILE: prints `TERM INDEX END` and more: of the last entry in the file (0 0 for none), how the file ends, then
# after how many bytes, the checksum so far, and the term and commit index that were written last.
#   open   with unused space, as etcd leaves it
#   exact  with the last byte of a record
#   torn   within a record: what follows is missing
# Format: etcd server/storage/wal (frames of 8 bytes length, then a walpb.Record, padded to 8 bytes), raftpb.Entry and HardState.
read_log_file() {
  od -A n -v -t x1 -w8 "$1" | awk -v size="$(stat -c %s "$1")" '
    function byte(hex) { return 16 * (index(digits, substr(hex, 1, 1)) - 1) + index(digits, substr(hex, 2, 1)) - 1 }
    function varint(  value, scale, part) {
      value = 0; scale = 1
      do { part = head[at++]; value += (part % 128) * scale; scale *= 128 } while (part >= 128)
      return value
    }
    # Reads numbers up to the first field of another kind, and returns the tag of that.
    function numbers(  tag) {
      split("", found)
      while (at < held && (tag = varint()) % 8 == 0 && tag > 0) found[int(tag / 8)] = varint()
      return tag
    }
    function decode(  type) {
      at = 0
      if (numbers() != 26) { checksum = found[2] + 0; return }
      type = found[1]; checksum = found[2] + 0
      varint(); numbers()
      if (type == 2) { term = found[2]; entry = found[3] }
      else if (type == 3) { state_term = found[1] + 0; commit = found[3] + 0 }
      else if (type == 5 && found[1] > entry) { entry = found[1]; term = found[2] }
    }
    BEGIN { digits = "0123456789abcdef"; next_frame = 1; term = entry = checksum = state_term = commit = 0; end = "exact" }
    NR == next_frame {
      if (held) decode()
      held = 0
      for (i = 1; i <= 8; i++) length_byte[i] = i <= NF ? byte($i) : 0
      bytes = 0
      for (i = 7; i >= 1; i--) bytes = bytes * 256 + length_byte[i]
      if (bytes == 0 && length_byte[8] == 0) { end = "open"; exit }
      padding = length_byte[8] >= 128 ? length_byte[8] % 8 : 0
      if (NR * 8 + bytes + padding > size) { end = "torn"; exit }
      next_frame = NR + 1 + (bytes + padding) / 8
      last_head = NR + 10
      next
    }
    NR <= last_head { for (i = 1; i <= NF; i++) head[held++] = byte($i) }
    END {
      if (held) decode()
      printf "%.0f %.0f %s %.0f %.0f %.0f %.0f\n", term, entry, end, (next_frame - 1) * 8, checksum, state_term, commit
    }'
}

# commit_log DIRECTORY: writes to the log that its last entry is committed. --force-new-cluster drops what is not known to be
# committed, and the commit index reaches the disk later than the entries that a quorum acknowledged. Only for the data that
# becomes everyone's: with it, every entry of the newest log is decided.
commit_log() {
  read_log "$1" || return 1
  for log_file in "$1"/member/wal/*.wal; do last_log_file=$log_file; done
  read_log_file "$last_log_file" >"$scratch/log-end"
  read -r _ _ log_end log_size log_checksum log_state_term log_commit <"$scratch/log-end"
  [ "$log_commit" -lt "$log_index" ] || return 0
  [ "$log_state_term" -gt 0 ] || log_state_term=$log_term
  [ "$log_end" != torn ] || truncate -s "$log_size" "$last_log_file" || return 1
  # shellcheck disable=SC2059 # the format is the record
  printf "$(state_record "$log_checksum" "$log_state_term" "$log_index")" |
    dd of="$last_log_file" bs=1 seek="$log_size" conv=notrunc 2>/dev/null
}

# state_record CHECKSUM TERM COMMIT: a frame with a HardState without a vote, as escapes for printf. The checksum is CRC-32C of
# all data so far.
state_record() {
  awk -v checksum="$1" -v term="$2" -v commit="$3" '
    function put(value) { out[length_of_out++] = value }
    function varint(value) {
      while (value >= 128) { put(value % 128 + 128); value = int(value / 128) }
      put(value)
    }
    function crc(value,  k) {
      checksum = xor(checksum, value)
      for (k = 0; k < 8; k++) checksum = checksum % 2 ? xor(int(checksum / 2), 2197175160) : int(checksum / 2)
    }
    BEGIN {
      length_of_out = 0
      put(8); varint(term); put(16); put(0); put(24); varint(commit)
      data_bytes = length_of_out
      checksum = xor(checksum, 4294967295)
      for (i = 0; i < data_bytes; i++) { data[i] = out[i]; crc(out[i]) }
      checksum = xor(checksum, 4294967295)
      length_of_out = 0
      put(8); put(3); put(16); varint(checksum); put(26); varint(data_bytes)
      for (i = 0; i < data_bytes; i++) put(data[i])
      padding = (8 - length_of_out % 8) % 8
      printf "\\%03o\\000\\000\\000\\000\\000\\000\\%03o", length_of_out, padding ? 128 + padding : 0
      for (i = 0; i < length_of_out; i++) printf "\\%03o", out[i]
      for (i = 0; i < padding; i++) printf "\\000"
    }'
}

# read_log DIRECTORY: fills log_term and log_index with the last entry of a data directory, 0 for none.
read_log() {
  log_term=0 log_index=0
  # Names are numbers of a fixed width, so they are in order; the newest file may hold no entry yet.
  for log_file in "$1"/member/wal/*.wal; do
    read_log_file "$log_file"
  done >"$scratch/log-ends"
  while read -r term index _; do
    [ "$index" -eq 0 ] || log_term=$term log_index=$index
  done <"$scratch/log-ends"
}

# log_is_cut DIRECTORY: is a log file shorter than etcd makes it, without the unused space at its end? etcd takes what is
# left of such a file for all there was. A file that etcd itself repaired has a copy beside it. One that ends with a
# record, off every disk sector, is one that etcd shortened when the volume was full. Fills cut_file and cut_how.
log_is_cut() {
  for cut_file in "$1"/member/wal/*.wal; do
    cut_size=$(stat -c %s "$cut_file")
    if [ "$cut_size" -ge 64000000 ] || [ -e "$cut_file.broken" ]; then continue; fi
    case $(read_log_file "$cut_file" | cut -d ' ' -f 3) in
      torn) cut_how='its last record is incomplete' ;;
      exact)
        [ $((cut_size % 512)) -eq 0 ] || continue
        cut_how='it ends with a whole record, but at the end of a disk sector and without the unused space that etcd leaves'
        ;;
      open) continue ;;
    esac
    return 0
  done
  return 1
}

# log_is_unborn DIRECTORY: etcd writes its first log file before the entry that makes its member one. A bootstrap that
# was killed between the two left a log in which etcd would wait forever, and in which nothing was acknowledged.
log_is_unborn() {
  set -- "$1"/member/wal/*.wal
  [ $# -eq 1 ] && ! head -c 65536 "$1" | grep -q '"peerURLs"'
}
