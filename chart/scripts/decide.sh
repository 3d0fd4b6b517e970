# What a starting pod does: the first row that matches wins. A pure function of
#   volume            empty | bare (data without identity) | copy (another volume's data) | half (data without its log, or
#                     the other way round) | mine | staged (restored, not in its place)
#   record            absent | forming | formed | stopping | restoring
#   record_order      the record's generation beside the volume's: same | higher | lower | conflict
#   recorded_founder  yes when the record names this pod's claim
#   quorum            yes when a quorum of that cluster answers a peer's question
#   listed            yes when that quorum lists the volume's member ID
#   newer_elsewhere   higher when another volume bears a higher generation, conflict when this number with another id
#   others_annotated  yes when any other volume bears a generation
#   peers_answer      yes when any other member answers at all
#   asked             yes when a restore from this pod's data was asked for by name and may begin
#   restore_source    yes when the record says that this pod restores
#   ordinal, replicas
# that fills action (start | archive | found | found-again | join | sign | begin | restore | wait) and reason.
decide() {
  action="wait"
  if [ "$record" = stopping ]; then
    action=sign reason=restoring
  elif [ "$record$restore_source" = restoringyes ]; then
    action=restore reason=restoring
  elif [ "$asked" = yes ] && [ "$record" != forming ] && [ "$volume" != empty ] && [ "$volume" != staged ]; then
    action=begin reason=asked
  else
    case $record in
      absent | forming | formed) decide_by_volume ;;
      *) reason=restoring ;;
    esac
  fi
}

decide_by_volume() {
  case $volume in
    staged) reason=staged ;;
    bare) reason=bare ;;
    copy | half)
      reason=$volume
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
      if [ "$quorum" = yes ]; then
        action=start reason="own-data"
        [ "$listed" = yes ] || action=archive reason=removed
      elif [ "$newer_elsewhere" = higher ]; then
        reason="older-record"
      else
        action=start reason="own-data"
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
