-- Each point is first evaluations passed / first evaluations over one whole range that ends there:
-- the first point is the previous range, the last is the chosen one.
WITH
    toUnixTimestamp($__fromTime) AS range_start,
    toUnixTimestamp($__toTime) AS range_end,
    range_end - range_start AS span,
    at >= time - span AND at <= time AS counted
SELECT
    toDateTime64(range_start + intDiv(span * step, 24), 3, 'UTC') AS time,
    sumIf(value, counted) / nullIf(sumIf(weight, counted), 0) AS yield
FROM
(
    SELECT at, value, weight
    FROM observations FINAL
    WHERE metric = 'first_pass_yield' AND part != '' AND value IS NOT NULL AND weight > 0
      AND at >= toDateTime(greatest(2 * toUnixTimestamp($__fromTime) - toUnixTimestamp($__toTime), 0))
      AND at <= $__toTime
      AND $__conditionalAll(service IN (${service:singlequote}), $service)
      AND $__conditionalAll(service IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote})), $team)
) AS facts
CROSS JOIN (SELECT number AS step FROM numbers(25)) AS steps
GROUP BY time
ORDER BY time
