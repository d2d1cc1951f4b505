SELECT
    $__timeInterval_ms(received_at) AS time,
    outcome,
    count() AS deliveries
FROM deliveries FINAL
WHERE $__timeFilter(received_at)
  AND $__conditionalAll(source IN (${source:singlequote}), $source)
GROUP BY time, outcome
ORDER BY time, outcome
