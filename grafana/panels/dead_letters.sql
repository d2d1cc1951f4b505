-- A dead letter has no service yet, so team and service do not narrow this list.
SELECT
    source AS "Source",
    reason AS "Reason",
    count() AS "Deliveries",
    max(received_at) AS "Last"
FROM dead_letters FINAL
WHERE replayed_at IS NULL
  AND $__timeFilter(received_at)
GROUP BY source, reason
ORDER BY "Deliveries" DESC, "Last" DESC
LIMIT 50
