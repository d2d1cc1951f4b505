-- The six reasons met most: more colours than that cannot be told apart.
SELECT
    $__timeInterval_ms(received_at) AS time,
    reason,
    count() AS "dead letters"
FROM dead_letters FINAL
WHERE $__timeFilter(received_at)
  AND $__conditionalAll(source IN (${source:singlequote}), $source)
  AND reason IN
  (
      SELECT reason
      FROM dead_letters FINAL
      WHERE $__timeFilter(received_at)
        AND $__conditionalAll(source IN (${source:singlequote}), $source)
      GROUP BY reason
      ORDER BY count() DESC, reason
      LIMIT 6
  )
GROUP BY time, reason
ORDER BY time, reason
