SELECT
    $__timeInterval_ms(received_at) AS time,
    type,
    count() AS events
FROM events FINAL
WHERE $__timeFilter(received_at)
  AND $__conditionalAll(service IN (${service:singlequote}), $service)
  AND $__conditionalAll(service IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote})), $team)
GROUP BY time, type
ORDER BY time, type
