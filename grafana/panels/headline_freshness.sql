-- Without an event there is no age: maxOrNull keeps it null.
SELECT dateDiff('second', maxOrNull(received_at), now64(3)) AS age
FROM events
WHERE $__timeFilter(received_at)
  AND $__conditionalAll(service IN (${service:singlequote}), $service)
  AND $__conditionalAll(service IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote})), $team)
HAVING age IS NOT NULL
