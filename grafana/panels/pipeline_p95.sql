SELECT
    concat(service, ' · ', part) AS pipeline,
    quantileExact(0.95)(value) AS p95
FROM observations FINAL
WHERE metric = 'pipeline_duration' AND part != '' AND value IS NOT NULL AND weight > 0
  AND $__timeFilter(at)
  AND $__conditionalAll(service IN (${service:singlequote}), $service)
  AND $__conditionalAll(service IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote})), $team)
GROUP BY pipeline
ORDER BY p95 DESC, pipeline
LIMIT 8
