SELECT
    $__timeInterval_ms(received_at) AS time,
    quantileExact(0.5)(dateDiff('millisecond', received_at, stored_at)) AS p50,
    quantileExact(0.99)(dateDiff('millisecond', received_at, stored_at)) AS p99
FROM deliveries FINAL
WHERE $__timeFilter(received_at)
  AND $__conditionalAll(source IN (${source:singlequote}), $source)
GROUP BY time
ORDER BY time
