SELECT
    $__timeInterval_ms(at) AS time,
    quantileExact(0.5)(value) AS p50,
    quantileExact(0.95)(value) AS p95
FROM observations FINAL
WHERE metric = 'pipeline_duration' AND part != '' AND value IS NOT NULL AND weight > 0
  AND $__timeFilter(at)
  AND $__conditionalAll(service IN (${service:singlequote}), $service)
  AND $__conditionalAll(service IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote})), $team)
GROUP BY time
ORDER BY time
