SELECT
    type AS "Type",
    count() AS "Events",
    quantileExact(0.5)(dateDiff('millisecond', occurred_at, received_at)) AS "Arrived after p50",
    quantileExact(0.99)(dateDiff('millisecond', occurred_at, received_at)) AS "p99",
    countIf(received_at > occurred_at + INTERVAL 1 HOUR) AS "Over an hour late",
    countIf(occurred_at > received_at + INTERVAL 1 MINUTE) AS "Of the future",
    min(occurred_at) AS "Oldest"
FROM events FINAL
WHERE $__timeFilter(received_at)
  AND $__conditionalAll(service IN (${service:singlequote}), $service)
GROUP BY type
ORDER BY "Events" DESC, type
LIMIT 100
