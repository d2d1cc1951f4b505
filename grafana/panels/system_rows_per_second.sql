SELECT sum(count) / greatest(dateDiff('second', $__fromTime, $__toTime), 1) AS "rows"
FROM
(
    SELECT count() AS count FROM deliveries WHERE $__timeFilter(stored_at)
    UNION ALL SELECT count() FROM events WHERE $__timeFilter(stored_at)
    UNION ALL SELECT count() FROM observations WHERE $__timeFilter(stored_at)
    UNION ALL SELECT count() FROM metrics WHERE $__timeFilter(stored_at)
    UNION ALL SELECT count() FROM alerts WHERE $__timeFilter(stored_at)
)
HAVING sum(count) > 0
