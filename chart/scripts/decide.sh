# What a starting pod does: the first row that matches wins. A pure function of
#   volume            empty | unidentified | foreign (another volume's data, or a database without its log) | own | staged
#                     (restored, not in its place)
#   record            absent | forming | formed | stopping | restoring
#   record_order      the record's generation beside the volume's: same | higher | lower | conflict
#   recorded_founder  yes when the record names this pod's claim
#   quorum            yes when a quorum of that cluster answers
#   listed            yes when that quorum lists the volume's member ID
#   newer_elsewhere   higher when another volume has a higher generation, conflict when this number with another id
#   others_annotated  yes when any other volume has a generation
#   peers_answer      yes when any other member answers at all
#   asked             yes when a restore from this pod's data was requested and may begin
#   restore_source    yes when the record names this pod as the source of the restore
#   ordinal, replicas
# that fills action (start | archive | found | found-again | join | sign | begin | restore | wait) and reason.
decide() {
  action="wait"
  if [ "$record" = stopping ]; then
    action=sign reason=restoring
  elif [ "$record$restore_source" = restoringyes ]; then
    action=restore reason=restoring
  elif [ "$asked" = yes ] && [ "$record" != forming ] && [ "$volume" != staged ]; then
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
    unidentified) reason=unidentified ;;
    foreign)
      reason=foreign
      [ "$quorum" = no ] || action=archive
      ;;
    own) decide_with_data ;;
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
      # Only what a quorum of the newer generation has replaced is archived.
      reason=superseded
      [ "$record$quorum" != formedyes ] || action=archive
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
