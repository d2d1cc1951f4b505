SELECT count() AS deliveries
FROM deliveries FINAL
WHERE $__timeFilter(received_at)
  AND $__conditionalAll(source IN (${source:singlequote}), $source)
HAVING deliveries > 0
