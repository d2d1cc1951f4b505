SELECT quantileExactOrNull(0.99)(dateDiff('millisecond', received_at, stored_at)) AS p99
FROM deliveries FINAL
WHERE $__timeFilter(received_at)
  AND $__conditionalAll(source IN (${source:singlequote}), $source)
HAVING p99 IS NOT NULL
