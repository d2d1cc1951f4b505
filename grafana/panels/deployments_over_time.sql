SELECT
    $__timeInterval_ms(occurred_at) AS time,
    service,
    count() AS deployments
FROM events FINAL
WHERE type = 'DeploymentUpdated' AND state = 'succeeded'
  AND (JSONExtractString(body, 'tier') = 'production' OR match(environment, '(?i)^(prod|live)'))
  AND $__timeFilter(occurred_at)
  AND $__conditionalAll(service IN (${service:singlequote}), $service)
  AND $__conditionalAll(service IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote})), $team)
GROUP BY time, service
ORDER BY time, service
