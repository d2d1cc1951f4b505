-- The six gates evaluated most: more lines than that cannot be told apart.
SELECT
    $__timeInterval_ms(at) AS time,
    part AS gate,
    sum(value) / sum(weight) AS "pass rate"
FROM observations FINAL
WHERE metric = 'gate_pass_rate' AND part != '' AND value IS NOT NULL AND weight > 0
  AND $__timeFilter(at)
  AND $__conditionalAll(service IN (${service:singlequote}), $service)
  AND $__conditionalAll(service IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote})), $team)
  AND part IN
  (
      SELECT part
      FROM observations FINAL
      WHERE metric = 'gate_pass_rate' AND part != '' AND value IS NOT NULL AND weight > 0
        AND $__timeFilter(at)
        AND $__conditionalAll(service IN (${service:singlequote}), $service)
  AND $__conditionalAll(service IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote})), $team)
      GROUP BY part
      ORDER BY sum(weight) DESC, part
      LIMIT 6
  )
GROUP BY time, gate
ORDER BY time, gate
