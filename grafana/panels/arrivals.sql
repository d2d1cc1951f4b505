SELECT
    service AS "Service",
    count() AS "Events",
    quantileExact(0.5)(dateDiff('millisecond', received_at, stored_at)) AS "Stored after p50",
    quantileExact(0.99)(dateDiff('millisecond', received_at, stored_at)) AS "p99",
    max(received_at) AS "Last received"
FROM events FINAL
WHERE $__timeFilter(received_at)
  AND $__conditionalAll(service IN (${service:singlequote}), $service)
  AND $__conditionalAll(service IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote})), $team)
GROUP BY service
ORDER BY "Last received" DESC, service
LIMIT 200
