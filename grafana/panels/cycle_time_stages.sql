-- Means, because means add up and medians do not: the height of a column is the mean cycle time.
SELECT
    $__timeInterval_ms(at) AS time,
    sumIf(value, part = 'coding') / countIf(part = '') AS coding,
    sumIf(value, part = 'pickup') / countIf(part = '') AS pickup,
    sumIf(value, part = 'review') / countIf(part = '') AS review,
    sumIf(value, part = 'deploy') / countIf(part = '') AS deploy
FROM observations FINAL
WHERE metric = 'cycle_time' AND value IS NOT NULL AND weight > 0
  AND $__timeFilter(at)
  AND $__conditionalAll(service IN (${service:singlequote}), $service)
  AND $__conditionalAll(service IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote})), $team)
GROUP BY time
HAVING countIf(part = '') > 0
ORDER BY time
