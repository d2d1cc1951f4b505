SELECT count() AS waiting
FROM dead_letters FINAL
WHERE replayed_at IS NULL
  AND $__timeFilter(received_at)
  AND $__conditionalAll(source IN (${source:singlequote}), $source)
HAVING waiting > 0
