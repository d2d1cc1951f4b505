SELECT
    service AS "Service",
    part AS "Pipeline",
    quantileExact(0.5)(value) AS "p50",
    quantileExact(0.95)(value) AS "p95",
    countIf(value <= 600000) / count() AS "Within 10 min",
    count() AS "Runs"
FROM observations FINAL
WHERE metric = 'pipeline_duration' AND part != '' AND value IS NOT NULL AND weight > 0
  AND $__timeFilter(at)
  AND $__conditionalAll(service IN (${service:singlequote}), $service)
  AND $__conditionalAll(service IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote})), $team)
GROUP BY service, part
ORDER BY "p95" DESC, "Service", "Pipeline"
LIMIT 50
