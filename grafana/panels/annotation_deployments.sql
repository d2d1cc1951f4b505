SELECT
    occurred_at AS time,
    concat(if(state = 'succeeded', 'Deployed ', 'Failed to deploy '), service) AS title,
    concat(environment, if(sha = '', '', concat(', ', substring(sha, 1, 8)))) AS text,
    'deployment' AS tags
FROM events FINAL
WHERE type = 'DeploymentUpdated' AND state IN ('succeeded', 'failed')
  AND (JSONExtractString(body, 'tier') = 'production' OR match(environment, '(?i)^(prod|live)'))
  AND $__timeFilter(occurred_at)
  AND $__conditionalAll(service IN (${service:singlequote}), $service)
  AND $__conditionalAll(service IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote})), $team)
ORDER BY time DESC, title
LIMIT 200
