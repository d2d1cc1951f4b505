SELECT
    source AS "Source",
    event_name AS "Event",
    reason AS "Reason",
    field AS "Field",
    countIf(replayed_at IS NULL) AS "Waiting",
    countIf(replayed_at IS NOT NULL) AS "Replayed",
    max(received_at) AS "Last"
FROM dead_letters FINAL
WHERE $__timeFilter(received_at)
  AND $__conditionalAll(source IN (${source:singlequote}), $source)
GROUP BY source, event_name, reason, field
ORDER BY "Waiting" DESC, "Last" DESC, "Source", "Event"
LIMIT 100
