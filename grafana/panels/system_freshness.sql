-- What is stored last of each kind: a kind that stands still while the one before it moves shows where it stops.
SELECT
    service AS "Service",
    ifNull(nullIf(any(team), ''), 'unassigned') AS "Team",
    maxIf(received, kind = 'event') AS "Event received",
    maxIf(stored, kind = 'event') AS "Event stored",
    nullIf(maxIf(stored, kind = 'observation'), toDateTime64(0, 3, 'UTC')) AS "Observation stored",
    nullIf(maxIf(stored, kind = 'point'), toDateTime64(0, 3, 'UTC')) AS "Window stored"
FROM
(
    SELECT service, 'event' AS kind, max(received_at) AS received, max(stored_at) AS stored
    FROM events WHERE $__timeFilter(received_at) GROUP BY service
    UNION ALL
    SELECT service, 'observation', toDateTime64(0, 3, 'UTC'), max(stored_at)
    FROM observations WHERE $__timeFilter(stored_at) GROUP BY service
    UNION ALL
    SELECT scope, 'point', toDateTime64(0, 3, 'UTC'), max(stored_at)
    FROM metrics WHERE scope_kind = 'service' AND $__timeFilter(stored_at) GROUP BY scope
) AS newest
LEFT JOIN service_teams USING (service)
WHERE $__conditionalAll(service IN (${service:singlequote}), $service)
GROUP BY service
HAVING countIf(kind = 'event') > 0
ORDER BY "Event received" DESC, service
LIMIT 200
