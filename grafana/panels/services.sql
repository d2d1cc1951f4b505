-- A change that could not be joined to all its partners has weight 0: it counts in "Linked" and in nothing else.
WITH
    metric = 'cycle_time' AND part = '' AS is_change,
    metric = 'gate_pass_rate' AND part != '' AND weight > 0 AS is_gate,
    metric = 'first_pass_yield' AND part != '' AND weight > 0 AS is_first,
    metric = 'pipeline_duration' AND part != '' AND weight > 0 AS is_run
SELECT
    service AS "Service",
    ifNull(nullIf(any(team), ''), 'unassigned') AS "Team",
    quantileExactIf(0.5)(value, is_change AND weight > 0) AS "Cycle time p50",
    countIf(is_change AND weight > 0) AS "Changes",
    countIf(is_change AND linked) / nullIf(countIf(is_change), 0) AS "Linked",
    sumIf(value, is_gate) / nullIf(sumIf(weight, is_gate), 0) AS "Gate pass rate",
    sumIf(weight, is_gate) AS "Evaluations",
    sumIf(value, is_first) / nullIf(sumIf(weight, is_first), 0) AS "First-pass yield",
    quantileExactIf(0.5)(value, is_run) AS "Pipeline p50",
    quantileExactIf(0.95)(value, is_run) AS "Pipeline p95",
    countIf(is_run) AS "Runs"
FROM
(
    SELECT service, metric, part, value, weight, linked
    FROM observations FINAL
    WHERE value IS NOT NULL
      AND $__timeFilter(at)
      AND $__conditionalAll(service IN (${service:singlequote}), $service)
      AND $__conditionalAll(service IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote})), $team)
) AS facts
LEFT JOIN service_teams USING (service)
GROUP BY service
ORDER BY service
LIMIT 200
