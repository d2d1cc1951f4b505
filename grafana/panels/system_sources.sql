SELECT
    source AS "Source",
    count() AS "Deliveries",
    countIf(outcome = 'accepted') AS "Accepted",
    countIf(outcome = 'ignored') AS "Ignored",
    countIf(outcome = 'dead-letter') AS "Dead letters",
    quantileExact(0.99)(dateDiff('millisecond', received_at, stored_at)) AS "Stored after p99",
    max(received_at) AS "Last received"
FROM deliveries FINAL
WHERE $__timeFilter(received_at)
  AND $__conditionalAll(source IN (${source:singlequote}), $source)
GROUP BY source
ORDER BY "Deliveries" DESC, source
LIMIT 100
