-- Without a delivery there is no age: maxOrNull keeps it null.
SELECT dateDiff('second', maxOrNull(received_at), now64(3)) AS age
FROM deliveries
WHERE $__timeFilter(received_at)
  AND $__conditionalAll(source IN (${source:singlequote}), $source)
HAVING age IS NOT NULL
