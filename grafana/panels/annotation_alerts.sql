-- From the time a condition began until it was over, or until now.
SELECT
    since AS time,
    least(if(last.1 = 'firing', now64(3, 'UTC'), last.2), toDateTime64($__toTime, 3, 'UTC')) AS timeEnd,
    concat(rule, ': ', if(scope_kind = 'org', 'everybody', scope), if(part = '', '', concat(', ', part))) AS title,
    concat(last.1, if(last.3 = '', '', concat(': ', last.3))) AS text,
    concat('alert,', last.4) AS tags
FROM
(
    SELECT rule, scope_kind, scope, part, since, argMax(tuple(state, at, summary, severity), number) AS last
    FROM alerts FINAL
    WHERE state IN ('firing', 'resolved') AND since <= $__toTime
      AND $__conditionalAll(scope_kind = 'service' AND scope IN (${service:singlequote}), $service)
      AND $__conditionalAll(
          (scope_kind = 'team' AND scope IN (${team:singlequote}))
          OR (scope_kind = 'service' AND scope IN (SELECT service FROM service_teams WHERE team IN (${team:singlequote}))),
          $team)
    GROUP BY rule, scope_kind, scope, part, since
)
WHERE last.1 = 'firing' OR last.2 >= $__fromTime
ORDER BY time DESC, title
LIMIT 200
