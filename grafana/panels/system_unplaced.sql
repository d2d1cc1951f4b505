SELECT count() AS unplaced
FROM events FINAL
WHERE service NOT IN (SELECT service FROM services FINAL WHERE version = (SELECT max(version) FROM services))
  AND $__timeFilter(received_at)
  AND $__conditionalAll(service IN (${service:singlequote}), $service)
HAVING unplaced > 0
