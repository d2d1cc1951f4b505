-- Address and title come from the change's own events, which the observation names as its evidence.
WITH slowest AS
(
    SELECT
        service,
        subject,
        anyIf(value, part = '') AS total,
        anyIf(value, part = 'coding') AS coding,
        anyIf(value, part = 'pickup') AS pickup,
        anyIf(value, part = 'review') AS review,
        anyIf(value, part = 'deploy') AS deploy,
        anyIf(at, part = '') AS deployed_at,
        arrayDistinct(arrayFlatten(groupArray(evidence))) AS evidence
    FROM observations FINAL
    WHERE metric = 'cycle_time' AND value IS NOT NULL AND weight > 0
      AND $__timeFilter(at)
      AND $__conditionalAll(service IN (${service:singlequote}), $service)
      AND $__conditionalAll(service IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote})), $team)
    GROUP BY service, subject
    HAVING total IS NOT NULL
    ORDER BY total DESC
    LIMIT 15
)
SELECT
    ifNull(nullIf(change.title, ''), slowest.subject) AS "Change",
    slowest.service AS "Service",
    slowest.total AS "Cycle time",
    slowest.coding AS "Coding",
    slowest.pickup AS "Pickup",
    slowest.review AS "Review",
    slowest.deploy AS "Deploy",
    slowest.deployed_at AS "Deployed",
    change.url AS "url"
FROM slowest
LEFT JOIN
(
    SELECT
        service,
        id,
        url,
        JSONExtractString(body, 'title') AS title
    FROM events FINAL
    WHERE type = 'ChangeUpdated'
      AND (service, id) IN (SELECT service, arrayJoin(evidence) FROM slowest)
) AS change ON change.service = slowest.service AND has(slowest.evidence, change.id)
ORDER BY "Cycle time" DESC, "url" DESC
LIMIT 1 BY slowest.service, slowest.subject
