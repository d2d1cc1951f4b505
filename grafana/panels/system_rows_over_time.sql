-- Without FINAL: each insert counts, until the engine merges a row with the one that replaced it.
SELECT
    time,
    table,
    count / $__interval_s AS "rows per second"
FROM
(
    SELECT $__timeInterval_ms(stored_at) AS time, 'deliveries' AS table, count() AS count
    FROM deliveries WHERE $__timeFilter(stored_at) GROUP BY time
    UNION ALL
    SELECT $__timeInterval_ms(stored_at) AS time, 'events', count()
    FROM events WHERE $__timeFilter(stored_at) GROUP BY time
    UNION ALL
    SELECT $__timeInterval_ms(stored_at) AS time, 'observations', count()
    FROM observations WHERE $__timeFilter(stored_at) GROUP BY time
    UNION ALL
    SELECT $__timeInterval_ms(stored_at) AS time, 'metrics', count()
    FROM metrics WHERE $__timeFilter(stored_at) GROUP BY time
    UNION ALL
    SELECT $__timeInterval_ms(stored_at) AS time, 'alerts', count()
    FROM alerts WHERE $__timeFilter(stored_at) GROUP BY time
)
ORDER BY time, table
