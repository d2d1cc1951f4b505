-- What was ignored on purpose is neither mapped nor a fault.
SELECT countIf(outcome = 'accepted') / nullIf(countIf(outcome != 'ignored'), 0) AS mapped
FROM deliveries FINAL
WHERE $__timeFilter(received_at)
  AND $__conditionalAll(source IN (${source:singlequote}), $source)
HAVING mapped IS NOT NULL
