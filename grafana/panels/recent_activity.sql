SELECT
    occurred_at AS "When",
    service AS "Service",
    if(type = 'ChangeUpdated', 'merged', concat(state, ' in ', environment)) AS "What",
    if(
        type = 'ChangeUpdated',
        concat('#', change, ' ', JSONExtractString(body, 'title')),
        substring(sha, 1, 8)
    ) AS "Subject",
    url AS "url"
FROM events FINAL
WHERE
(
    (type = 'DeploymentUpdated' AND state IN ('succeeded', 'failed'))
    OR (type = 'ChangeUpdated' AND JSONExtractString(body, 'action') = 'merged')
)
  AND $__timeFilter(occurred_at)
  AND $__conditionalAll(service IN (${service:singlequote}), $service)
  AND $__conditionalAll(service IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote})), $team)
ORDER BY "When" DESC, "Service", id
LIMIT 50
