SELECT
    service AS "Filed under",
    any(source) AS "From",
    count() AS "Events",
    min(occurred_at) AS "Oldest",
    max(received_at) AS "Last received"
FROM events FINAL
WHERE service NOT IN (SELECT service FROM services FINAL WHERE version = (SELECT max(version) FROM services))
  AND $__timeFilter(received_at)
  AND $__conditionalAll(service IN (${service:singlequote}), $service)
GROUP BY service
ORDER BY "Events" DESC, service
LIMIT 100
