-- argMax passes over nulls and would bring back an old number: the tuple keeps "no data" as it is.
SELECT
    multiIf(scope_kind = 'org', 'everybody', scope_kind = 'team', concat('team ', scope), scope) AS "Scope",
    part AS "Gate",
    argMaxIf(tuple(value), (window_end, version), window = '1h').1 AS "1h",
    argMaxIf(tuple(value), (window_end, version), window = '24h').1 AS "24h",
    argMaxIf(tuple(value), (window_end, version), window = '7d').1 AS "7d",
    argMaxIf(tuple(value), (window_end, version), window = '28d').1 AS "28d",
    argMaxIf(tuple(value), (window_end, version), window = '90d').1 AS "90d",
    max(window_end) AS "As of"
FROM metrics FINAL
WHERE metric = 'gate_pass_rate' AND part != ''
  AND $__conditionalAll(scope_kind = 'service' AND scope IN (${service:singlequote}), $service)
  AND $__conditionalAll(
      (scope_kind = 'team' AND scope IN (${team:singlequote}))
      OR (scope_kind = 'service' AND scope IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote}))),
      $team)
GROUP BY scope_kind, scope, part
ORDER BY indexOf(['org', 'team', 'service'], scope_kind), scope, part
LIMIT 100
