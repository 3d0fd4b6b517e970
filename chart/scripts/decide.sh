# What a starting pod does: the first row that matches wins. A pure function of
#   volume            empty | bare (data without identity) | copy (another volume's data) | mine
#   record            absent | forming | formed | any other phase
#   record_order      the record's generation beside the volume's: same | higher | lower | conflict
#   recorded_founder  yes when the record names this pod's claim
#   quorum            yes when a quorum of that cluster answers a peer's question
#   listed            yes when that quorum lists the volume's member ID
#   newer_elsewhere   yes when another volume bears a higher generation, or this number with another id
#   others_annotated  yes when any other volume bears a generation
#   peers_answer      yes when any other member answers at all
#   ordinal, replicas
# that fills action (start | archive | found | found-again | join | wait) and reason.
decide() {
  action="wait"
  case $record in
    absent | forming | formed) ;;
    *)
      reason=restoring
      return
      ;;
  esac
  case $volume in
    bare) reason=bare ;;
    copy)
      reason=copy
      [ "$quorum" = no ] || action=archive
      ;;
    mine) decide_with_data ;;
    empty) decide_empty ;;
  esac
}

decide_with_data() {
  if [ "$record" = absent ]; then
    if [ "$quorum" = yes ] && [ "$listed" = no ]; then
      action=archive reason=removed
    elif [ "$newer_elsewhere" = no ]; then
      action=start reason="record-missing"
    else
      reason="newer-elsewhere"
    fi
    return
  fi
  case $record_order in
    same)
      action=start reason="own-data"
      if [ "$quorum" = yes ] && [ "$listed" = no ]; then
        action=archive reason=removed
      fi
      ;;
    higher)
      reason=superseded
      [ "$record" != formed ] || action=archive
      ;;
    *) reason="older-record" ;;
  esac
}

decide_empty() {
  if [ "$ordinal" -ge "$replicas" ]; then
    reason="beyond-replicas"
  elif [ "$record" = absent ]; then
    if [ "$ordinal" -ne 0 ]; then
      reason="no-record"
    elif [ "$peers_answer" = yes ] || [ "$others_annotated" = yes ]; then
      reason="record-lost"
    else
      action=found reason="nothing-exists"
    fi
  elif [ "$record" = forming ]; then
    reason=forming
    [ "$recorded_founder" = no ] || action="found-again"
  elif [ "$quorum" = yes ]; then
    action=join reason=quorum
  else
    reason="no-quorum"
  fi
}
