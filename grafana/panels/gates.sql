SELECT
    gate AS "Gate",
    passed / evaluated AS "Pass rate",
    evaluated AS "Evaluations",
    evaluated - passed AS "Failures",
    errors.count AS "Errors",
    first_passed / nullIf(first_evaluated, 0) AS "First-pass yield"
FROM
(
    SELECT
        part AS gate,
        sumIf(value, metric = 'gate_pass_rate') AS passed,
        sumIf(weight, metric = 'gate_pass_rate') AS evaluated,
        sumIf(value, metric = 'first_pass_yield') AS first_passed,
        sumIf(weight, metric = 'first_pass_yield') AS first_evaluated
    FROM observations FINAL
    WHERE metric IN ('gate_pass_rate', 'first_pass_yield') AND part != '' AND value IS NOT NULL AND weight > 0
      AND $__timeFilter(at)
      AND $__conditionalAll(service IN (${service:singlequote}), $service)
      AND $__conditionalAll(service IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote})), $team)
    GROUP BY part
    HAVING evaluated > 0
) AS measured
LEFT JOIN
(
    SELECT name, uniqExact(id) AS count
    FROM events FINAL
    WHERE type = 'GateEvaluated' AND outcome = 'error'
      AND $__timeFilter(occurred_at)
      AND $__conditionalAll(service IN (${service:singlequote}), $service)
      AND $__conditionalAll(service IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote})), $team)
    GROUP BY name
) AS errors ON errors.name = measured.gate
ORDER BY "Failures" DESC, "Evaluations" DESC, "Gate"
LIMIT 50
