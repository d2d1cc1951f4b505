SELECT quantileExactOrNull(0.5)(dateDiff('millisecond', received_at, stored_at)) AS p50
FROM deliveries FINAL
WHERE $__timeFilter(received_at)
  AND $__conditionalAll(source IN (${source:singlequote}), $source)
HAVING p50 IS NOT NULL
