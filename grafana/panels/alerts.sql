-- The alerts as they are now, whatever the time range.
SELECT
    state AS "State",
    title AS "Alert",
    rule AS "Rule",
    since AS "Since",
    severity AS "Severity",
    if(muted, 'muted', '') AS "Message"
FROM
(
    SELECT * FROM alerts FINAL
    ORDER BY number DESC, version DESC
    LIMIT 1 BY rule, scope_kind, scope, part
)
WHERE state IN ('pending', 'firing')
  AND $__conditionalAll(scope_kind = 'service' AND scope IN (${service:singlequote}), $service)
  AND $__conditionalAll(
      (scope_kind = 'team' AND scope IN (${team:singlequote}))
      OR (scope_kind = 'service' AND scope IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote}))),
      $team)
ORDER BY state, since, rule, title
LIMIT 100
